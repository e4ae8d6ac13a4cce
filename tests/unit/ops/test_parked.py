"""`sorami parked`: the real queue (moto) and the real function behind Lambda's Invoke."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

import ops.options
import ops.redriving
from notify.app import handler, telling
from sorami.feed import Feed
from sorami.jobs import Job
from sorami.store import JobStore
from tests.support.deployed import Deployed
from tests.support.gateway import FakeContext
from tests.support.notifying import SPOILERS, RecordingPublisher, deliver, spoiled, take_parked
from tests.support.samples import completed, minutes, pending_job
from tests.support.stack import Stack
from tests.support.stream import record
from tests.unit.ops.conftest import Ask

type AskJson = Callable[..., Any]


class FakeLambda:
    """Lambda's Invoke: the handler here, or on wish an answer of its own."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = None

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  # boto3's names
        assert FunctionName == "notify"
        self.events.append(json.loads(Payload))
        if self.answer is not None:
            return self.answer
        said = handler(self.events[-1], FakeContext())
        return {"Payload": io.BytesIO(json.dumps(said).encode())}


@pytest.fixture
def functions(stack: Stack, site: Deployed, deploy: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> FakeLambda:
    monkeypatch.setattr(ops.redriving, "WAIT_SECONDS", 0)  # moto has one server, and sleeps
    take_parked(stack)
    deploy("NotifyFunction")
    fake = FakeLambda()
    site.clients["lambda"] = fake
    return fake


@pytest.fixture
def topic(functions: FakeLambda) -> RecordingPublisher:
    publisher = RecordingPublisher()
    object.__setattr__(telling(), "topic", publisher)
    return publisher


def outcome_of(stack: Stack) -> tuple[Job, dict[str, Any]]:
    """A job that has just been completed, and the stream's record of it."""
    store = JobStore(stack.dynamodb, stack.jobs_table)
    job = store.create(pending_job()).job
    old = stack.item(job.job_id)
    store.apply(job.job_id, completed(job.job_id), minutes(5))
    return job, record(stack.item(job.job_id), old)


def park_as_an_old_version_would(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Parks a good record that the function of that day could not read, and repairs the function."""
    job, outcome = outcome_of(stack)
    with monkeypatch.context() as broken:

        def stumble(_change: Any) -> None:
            raise KeyError("colour")

        broken.setattr("notify.telling.read_change", stumble)
        assert deliver(outcome) == []
    return job


def messages_left(stack: Stack) -> int:
    """Also those that are hidden at the moment."""
    counted = stack.sqs.get_queue_attributes(QueueUrl=stack.parked_queue_url, AttributeNames=["All"])["Attributes"]
    return int(counted["ApproximateNumberOfMessages"]) + int(counted["ApproximateNumberOfMessagesNotVisible"])


def test_row_18_what_is_parked_is_listed_and_stays(stack: Stack, topic: RecordingPublisher, ask: Ask, ask_json: AskJson) -> None:
    job, outcome = outcome_of(stack)
    deliver(spoiled(outcome, SPOILERS["no user"]))
    for _ in range(2):
        [one] = ask_json("parked", "list")
        assert (one["job_id"], one["error_type"], one["copies"]) == (job.job_id, "KeyError", 1)
    shown = ask("parked", "list").stdout
    assert job.job_id in shown
    assert "KeyError: 'user_id'" in shown


def test_row_18_one_is_shown_whole(stack: Stack, topic: RecordingPublisher, ask: Ask) -> None:
    job, outcome = outcome_of(stack)
    poison = spoiled(outcome, SPOILERS["no user"])
    deliver(poison)
    [shown] = json.loads(ask("parked", "show", job.job_id).stdout)
    assert shown["record"] == poison
    for words in (["show", "nobody"], ["redrive", "nobody"]):
        assert ask("parked", *words).exit_code == 3
    assert len(take_parked(stack)) == 1


def test_row_18_a_redrive_after_the_repair_tells_the_owner_and_empties_the_queue(
    stack: Stack, topic: RecordingPublisher, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    job = park_as_an_old_version_would(stack, monkeypatch)
    assert topic.published == []
    answer = ask("parked", "redrive")
    assert answer.exit_code == 0
    assert "1 delivered, 0 still parked." in answer.stdout
    assert len(Feed(stack.dynamodb, stack.notifications_table).page(job.user_id, limit=10).notifications) == 1
    assert [message["user_id"] for message in topic.published] == [job.user_id]
    assert messages_left(stack) == 0


def test_row_18_a_redrive_before_the_repair_keeps_the_record_and_makes_no_copy_of_it(
    stack: Stack, topic: RecordingPublisher, ask: Ask
) -> None:
    _, outcome = outcome_of(stack)
    poison = spoiled(outcome, SPOILERS["no user"])
    deliver(poison)
    answer = ask("parked", "redrive")
    assert answer.exit_code == 5
    assert "0 delivered, 1 still parked." in answer.stdout
    assert [one.record for one in take_parked(stack)] == [poison]


@pytest.mark.parametrize(
    ("function_error", "payload"),
    [
        ("Unhandled", {"errorMessage": "out of memory", "errorType": "Runtime.ExitError"}),
        ("Unhandled", {"batchItemFailures": []}),
        (None, {"batchItemFailures": [{"itemIdentifier": "1"}]}),
        (None, {"message": "some other function"}),
        (None, None),
    ],
)
def test_row_18_only_a_clean_answer_deletes_a_record(
    function_error: str | None,
    payload: Any,
    *,
    stack: Stack,
    topic: RecordingPublisher,
    functions: FakeLambda,
    ask: Ask,
) -> None:
    _, outcome = outcome_of(stack)
    deliver(spoiled(outcome, SPOILERS["no user"]))
    error = {"FunctionError": function_error} if function_error else {}
    functions.answer = {"Payload": io.BytesIO(json.dumps(payload).encode()), **error}
    assert ask("parked", "redrive").exit_code == 5
    assert len(take_parked(stack)) == 1


def test_where_nothing_is_parked_a_sentence_says_so(functions: FakeLambda, ask: Ask) -> None:
    assert ask("parked", "list").stdout == "Nothing is parked.\n"


def test_a_dry_run_sends_nothing(
    stack: Stack, topic: RecordingPublisher, functions: FakeLambda, monkeypatch: pytest.MonkeyPatch, *, ask_json: AskJson
) -> None:
    job = park_as_an_old_version_would(stack, monkeypatch)
    [one] = ask_json("parked", "redrive", "--dry-run")
    assert (one["job_id"], one["delivered"]) == (job.job_id, False)
    assert functions.events == []
    assert len(take_parked(stack)) == 1


def test_at_a_terminal_a_person_is_asked_and_no_sends_nothing_and_keeps_all(
    stack: Stack, topic: RecordingPublisher, functions: FakeLambda, monkeypatch: pytest.MonkeyPatch, *, ask: Ask
) -> None:
    park_as_an_old_version_would(stack, monkeypatch)
    monkeypatch.setattr(ops.options, "is_terminal", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert ask("parked", "redrive").exit_code == 4
    assert functions.events == []
    assert len(take_parked(stack)) == 1


def test_one_job_alone_can_be_sent_again(
    stack: Stack, topic: RecordingPublisher, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    jobs = [park_as_an_old_version_would(stack, monkeypatch) for _ in range(2)]
    assert ask("parked", "redrive", jobs[0].job_id).exit_code == 0
    assert [one.job_id for one in take_parked(stack)] == [jobs[1].job_id]


def test_copies_of_a_record_are_one_and_go_together(
    stack: Stack, topic: RecordingPublisher, functions: FakeLambda, monkeypatch: pytest.MonkeyPatch, *, ask: Ask
) -> None:
    """A redelivery of its batch parks a record again."""
    park_as_an_old_version_would(stack, monkeypatch)
    [message] = stack.sqs.receive_message(QueueUrl=stack.parked_queue_url, VisibilityTimeout=0)["Messages"]
    stack.sqs.send_message(QueueUrl=stack.parked_queue_url, MessageBody=message["Body"])
    assert ask("parked", "redrive").exit_code == 0
    assert len(functions.events) == 1
    assert messages_left(stack) == 0


def test_a_foreign_message_is_said_and_left_where_it_is(stack: Stack, topic: RecordingPublisher, ask: Ask) -> None:
    stack.sqs.send_message(QueueUrl=stack.parked_queue_url, MessageBody="hello")
    assert "1 message(s) there are no parked records" in ask("parked", "list").stdout
    assert ask("parked", "redrive").exit_code == 0
    [left] = stack.sqs.receive_message(QueueUrl=stack.parked_queue_url)["Messages"]
    assert left["Body"] == "hello"
    stack.sqs.delete_message(QueueUrl=stack.parked_queue_url, ReceiptHandle=left["ReceiptHandle"])


def test_more_than_one_call_of_sqs_holds_is_listed_whole(stack: Stack, topic: RecordingPublisher, ask_json: AskJson) -> None:
    _, outcome = outcome_of(stack)
    parts = [{**spoiled(outcome, SPOILERS["no user"]), "eventID": f"event-{number}"} for number in range(23)]
    deliver(*parts)
    assert {one["id"] for one in ask_json("parked", "list")} == {one["eventID"] for one in parts}
    assert len(take_parked(stack)) == 23
