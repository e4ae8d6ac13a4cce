"""What fails in notify: AWS, which another delivery may find well; the process; and records that no delivery can help."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from notify.app import handler
from sorami.clients import client
from sorami.errors import StoreUnavailable
from sorami.feed import Feed, Notification
from sorami.jobs import State
from sorami.observability import logger
from sorami.store import JobStore
from tests.support.gateway import FakeContext
from tests.support.notifying import HOPELESS, SPOILERS, Change, RecordingPublisher, deliver, spoiled, take_parked
from tests.support.samples import completed, minutes, pending_job
from tests.support.stack import Stack
from tests.support.stream import sequence_number


class Died(BaseException):
    """The process is gone."""


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "Publish")


PASSING: dict[str, Exception] = {
    "throttled": refusal("Throttling"),
    "5xx": refusal("InternalError"),
    "unreachable": EndpointConnectionError(endpoint_url="https://sns"),
    "connection reset": ConnectionResetError(),
    "table unavailable": StoreUnavailable("ThrottlingException"),
    "denied": refusal("AuthorizationError"),
}


def notifications_of(stack: Stack, user: str) -> tuple[Notification, ...]:
    return Feed(stack.dynamodb, stack.notifications_table).page(user, limit=10).notifications


def rows(stack: Stack, user: str) -> int:
    return len(notifications_of(stack, user))


# Row 22


def test_row_22_a_crash_between_put_and_publish_is_made_good_by_the_redelivery_with_the_same_id(
    store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    job = store.create(pending_job()).job
    outcome = change(job, completed(job.job_id))
    topic.failure = Died()
    with pytest.raises(Died):
        deliver(outcome)
    [row] = notifications_of(stack, job.user_id)
    assert topic.published == []
    topic.failure = None
    assert deliver(outcome) == []
    assert [message["notification"]["id"] for message in topic.published] == [row.id]
    assert rows(stack, job.user_id) == 1


def test_row_22_every_redelivery_is_published_with_the_same_id_and_the_feed_has_it_once(
    store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    job = store.create(pending_job()).job
    outcome = change(job, completed(job.job_id))
    for batch in ([outcome], [outcome], [outcome, outcome]):
        assert deliver(*batch) == []
    assert rows(stack, job.user_id) == 1
    assert len(topic.published) == 4
    assert len({message["notification"]["id"] for message in topic.published}) == 1


def test_row_22_a_redelivery_leaves_a_notification_read_that_has_been_read(
    store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher
) -> None:
    job = store.create(pending_job()).job
    outcome = change(job, completed(job.job_id))
    deliver(outcome)
    [before] = feed.page(job.user_id, limit=10).notifications
    feed.mark(job.user_id, before.id, read=True, at=minutes(6))
    deliver(outcome)
    [after] = feed.page(job.user_id, limit=10).notifications
    assert after.read_at == minutes(6)
    assert feed.unread_count(job.user_id) == 0


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING)
def test_row_22_a_topic_that_fails_delivers_the_record_again_and_parks_nothing(
    failure: Exception, store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    job = store.create(pending_job()).job
    outcome = change(job, completed(job.job_id))
    topic.failure = failure
    assert deliver(outcome) == [sequence_number(outcome)]
    topic.failure = None
    assert deliver(outcome) == []
    assert (rows(stack, job.user_id), len(topic.published)) == (1, 1)
    assert take_parked(stack) == []


# Row 19


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "AccessDeniedException"])
def test_row_19_a_feed_that_fails_delivers_the_record_again_and_parks_nothing(
    code: str, store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    """Also what no retry can mend: an operator has to, and the record must not be taken for the culprit."""
    job = store.create(pending_job()).job
    outcome = change(job, completed(job.job_id))
    failing = client("dynamodb").meta.events
    refuse = {"Error": {"Code": code, "Message": "…"}}

    def answer(**_: Any) -> Any:
        return type("Http", (), {"status_code": 400})(), refuse

    failing.register("before-call.dynamodb.PutItem", answer)
    assert deliver(outcome) == [sequence_number(outcome)]
    failing.unregister("before-call.dynamodb.PutItem", answer)
    assert topic.published == []
    assert deliver(outcome) == []
    assert (rows(stack, job.user_id), len(topic.published)) == (1, 1)
    assert take_parked(stack) == []


def test_a_record_that_there_is_no_time_for_is_left_for_the_next_delivery(
    store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    """An invocation that runs out of time fails as a whole; this one says where to go on."""
    job = store.create(pending_job()).job
    outcome = change(job, completed(job.job_id))
    assert deliver(outcome, milliseconds_left=5_000) == [sequence_number(outcome)]
    assert rows(stack, job.user_id) == 0
    assert take_parked(stack) == []


# Row 18


@pytest.mark.parametrize("spoiler", SPOILERS.values(), ids=SPOILERS)
def test_row_18_poison_is_parked_whole_and_its_neighbours_are_told(
    spoiler: Any, store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    jobs = [store.create(pending_job()).job for _ in range(3)]
    before, outcome, after = (change(job, completed(job.job_id)) for job in jobs)
    poison = spoiled(outcome, spoiler)
    assert deliver(before, poison, after) == []
    [parked] = take_parked(stack)
    assert parked.record == poison
    assert {"OldImage", "NewImage"} <= set(parked.record["dynamodb"])
    assert parked.job_id == jobs[1].job_id
    assert parked.request_id == FakeContext().aws_request_id
    assert parked.error_type
    assert parked.left_out == ()
    assert [rows(stack, job.user_id) for job in jobs] == [1, 0, 1]
    assert len(topic.published) == 2


@pytest.mark.parametrize("poison", HOPELESS.values(), ids=HOPELESS)
def test_row_18_what_the_filter_should_have_kept_away_is_parked_too(
    poison: dict[str, Any], topic: RecordingPublisher, stack: Stack
) -> None:
    assert deliver(poison) == []
    assert [parked.record for parked in take_parked(stack)] == [poison]


def test_row_18_a_batch_of_nothing_but_poison_is_acknowledged(topic: RecordingPublisher, stack: Stack) -> None:
    assert deliver(*HOPELESS.values()) == []
    assert len(take_parked(stack)) == len(HOPELESS)


def test_row_18_a_record_that_cannot_be_parked_is_delivered_again(
    store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    jobs = [store.create(pending_job()).job for _ in range(2)]
    poison = spoiled(change(jobs[0], completed(jobs[0].job_id)), SPOILERS["no user"])
    after = change(jobs[1], completed(jobs[1].job_id))

    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs")

    client("sqs").meta.events.register("before-call.sqs.SendMessage", down)
    assert deliver(poison, after) == [sequence_number(poison)]
    client("sqs").meta.events.unregister("before-call.sqs.SendMessage", down)
    assert rows(stack, jobs[1].user_id) == 1
    assert take_parked(stack) == []
    assert deliver(poison, after) == []
    assert len(take_parked(stack)) == 1


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """The errors that were logged, as CloudWatch gets them."""
    caplog.handler.setFormatter(logger.registered_formatter)
    return lambda: [line for line in map(json.loads, caplog.text.splitlines()) if line["level"] == "ERROR"]


type Errors = Callable[[], list[dict[str, Any]]]


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue", "ValidationException"])
def test_row_18_what_aws_refuses_for_good_is_parked_and_its_neighbours_are_told(
    code: str, store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    take_parked(stack)
    job = store.create(pending_job()).job
    topic.failure = refusal(code)
    assert deliver(change(job, completed(job.job_id))) == []
    [parked] = take_parked(stack)
    assert (parked.job_id, parked.error_type) == (job.job_id, "ClientError")


def test_row_18_parking_is_logged_with_the_job(
    store: JobStore, change: Change, topic: RecordingPublisher, errors: Errors
) -> None:
    jobs = [store.create(pending_job()).job for _ in range(2)]
    outcome, second = (change(job, completed(job.job_id)) for job in jobs)
    deliver(outcome, spoiled(second, SPOILERS["no user"]), HOPELESS["no image"])
    assert [(line["job_id"], line["exception_name"]) for line in errors()] == [(jobs[1].job_id, "KeyError"), ("x", "KeyError")]


def test_row_18_a_record_without_a_key_does_not_borrow_its_neighbours_name(
    store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack, errors: Errors
) -> None:
    job = store.create(pending_job()).job
    nameless = {**HOPELESS["no image"], "dynamodb": {"SequenceNumber": "7"}}
    assert deliver(change(job, completed(job.job_id)), nameless) == []
    [parked] = take_parked(stack)
    assert parked.job_id is None
    [error] = errors()
    assert "job_id" not in error


def test_row_18_parking_is_counted(topic: RecordingPublisher, capsys: pytest.CaptureFixture[str]) -> None:
    deliver(*HOPELESS.values())
    [counted] = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "RecordsParked" in line]
    assert sum(counted["RecordsParked"]) == len(HOPELESS)


def test_row_18_poison_that_is_sent_again_by_hand_is_reported_and_not_parked_twice(
    topic: RecordingPublisher, stack: Stack
) -> None:
    poison = HOPELESS["empty image"]
    answer = handler({"Records": [poison], "redrive": True}, FakeContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": sequence_number(poison)}]}
    assert take_parked(stack) == []


def test_an_outcome_without_a_time_is_no_silence(
    store: JobStore, change: Change, topic: RecordingPublisher, stack: Stack
) -> None:
    """A finished job that cannot be told of is an operator's matter, whatever made it so."""
    job = store.create(pending_job()).job
    deliver(spoiled(change(job, completed(job.job_id)), SPOILERS["no time of the outcome"]))
    assert [parked.job_id for parked in take_parked(stack)] == [job.job_id]
    assert store.get(job.job_id).state is State.COMPLETED
