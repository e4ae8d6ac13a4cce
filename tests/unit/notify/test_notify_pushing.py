"""What live connections hear of the stream, in which order, and that nothing of it can harm the feed (row 23)."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from notify.app import handler, pushing
from notify.outage import PAUSE, Outage
from sorami.channel import ConnectionGone, NotSent
from sorami.clients import client
from sorami.connections import Connection, Connections
from sorami.feed import Feed, Notification
from sorami.jobs import Job, Progressed, State
from sorami.store import JobStore
from sorami.times import now
from tests.support.notifying import HOPELESS, Change, RecordingPublisher, deliver
from tests.support.samples import completed, failed, pending_job
from tests.support.stack import Stack
from tests.support.stream import record, sequence_number
from tests.support.streams import FunctionDied, Mapped, StreamDriver


class Gateway:
    """Connections as a client sees them: what each got, in order. `trouble`: what happens to pushes instead; `dies_at`: the
    invocation ends at the push of that number, counted from 1."""

    def __init__(self) -> None:
        self.got: dict[str, list[dict[str, Any]]] = {}
        self.trouble: dict[str, Exception] = {}
        self.tried: list[str] = []
        self.dies_at: int | None = None
        self._lock = threading.Lock()

    def post(self, connection_id: str, message: dict[str, Any]) -> None:
        with self._lock:
            self.tried.append(connection_id)
            if len(self.tried) == self.dies_at:
                raise FunctionDied
            if trouble := self.trouble.get(connection_id):
                raise trouble
            self.got.setdefault(connection_id, []).append(message)


@pytest.fixture
def gateway(topic: RecordingPublisher) -> Gateway:
    """The deployed function, its topic and its gateway exchanged."""
    made = Gateway()
    object.__setattr__(pushing(), "channel", made)
    object.__setattr__(pushing(), "outage", Outage(now))
    return made


@pytest.fixture
def connections(stack: Stack) -> Connections:
    return Connections(stack.dynamodb, stack.notifications_table)


@pytest.fixture
def connect(connections: Connections) -> Callable[..., str]:
    def add(user: str, name: str = "c", age: timedelta = timedelta(minutes=5)) -> str:
        connection_id = f"{user}-{name}"
        connections.add(Connection(connection_id=connection_id, user_id=user, connected_at=now() - age))
        return connection_id

    return add


type Connect = Callable[..., str]


def progressed(progress: int, state: State = State.GENERATING) -> Progressed:
    return Progressed(state=state, progress=progress, message=f"{progress} %")


def created(stack: Stack, job: Job) -> dict[str, Any]:
    return record(stack.item(job.job_id))


def told_of(stack: Stack, job: Job) -> tuple[Notification, ...]:
    return Feed(stack.dynamodb, stack.notifications_table).page(job.user_id, limit=10).notifications


def versions(messages: list[dict[str, Any]], job: Job) -> list[int]:
    return [one["version"] for one in messages if one.get("job_id") == job.job_id]


def test_every_change_reaches_every_connection_of_its_user_in_order_and_nobody_else(
    store: JobStore, stack: Stack, change: Change, gateway: Gateway, connect: Connect
) -> None:
    job, other = store.create(pending_job()).job, store.create(pending_job()).job
    tabs, stranger = [connect(job.user_id, name) for name in ("a", "b")], connect(other.user_id)
    batch = [created(stack, job), created(stack, other), change(job, progressed(40)), change(job, completed(job.job_id))]
    assert deliver(*batch) == []
    for tab in tabs:
        said = gateway.got[tab]
        assert [one["type"] for one in said] == ["job.updated"] * 3 + ["notification.created"]
        assert [(one["status"], one["progress"], one["version"]) for one in said[:3]] == [
            ("PENDING", 0, 1),
            ("GENERATING", 40, 2),
            ("COMPLETED", 100, 3),
        ]
        [told] = told_of(stack, job)
        assert (said[3]["notification"]["id"], said[3]["unreadCount"]) == (told.id, 1)
    assert versions(gateway.got[stranger], other) == [1]
    assert len(gateway.got[stranger]) == 1


def test_a_failure_and_a_cancelled_job_are_pushed_too(
    store: JobStore, stack: Stack, change: Change, gateway: Gateway, connect: Connect
) -> None:
    job, cancelled = store.create(pending_job()).job, store.create(pending_job()).job
    tab, other = connect(job.user_id), connect(cancelled.user_id)
    item = stack.item(cancelled.job_id) or {}
    end = {**item, "status": {"S": "CANCELLED"}, "version": {"N": "2"}, "finished_at": {"S": "2026-01-02T12:05:00.678Z"}}
    assert deliver(change(job, failed()), record(end, item)) == []
    assert (gateway.got[tab][0]["error"], gateway.got[tab][0]["error_code"]) == ("Refusé", "content_moderated")
    assert [one["status"] for one in gateway.got[other]] == ["CANCELLED"]


def test_what_reconcile_and_ingest_note_beside_a_job_is_no_news(
    store: JobStore, stack: Stack, gateway: Gateway, connect: Connect
) -> None:
    job = store.create(pending_job()).job
    connect(job.user_id)
    item = stack.item(job.job_id) or {}
    assert deliver(record({**item, "looks": {"N": "1"}, "due_at": {"S": "2026-01-02T13:00:00.000Z"}}, item)) == []
    assert gateway.tried == []


def test_a_redelivery_is_pushed_again_with_the_version_it_had(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect
) -> None:
    job = store.create(pending_job()).job
    tab = connect(job.user_id)
    first, second = change(job, progressed(40)), change(job, progressed(60))
    for batch in ([first, second], [first]):
        deliver(*batch)
    assert versions(gateway.got[tab], job) == [2, 3, 2]


def test_the_change_of_a_user_without_a_connection_costs_one_query(
    store: JobStore, change: Change, gateway: Gateway, stack: Stack
) -> None:
    calls: list[str] = []
    client("dynamodb").meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    job = store.create(pending_job()).job
    batch = [change(job, progressed(20)), change(job, progressed(40))]
    deliver(*batch)
    assert calls == ["Query"]


# Row 23


def test_row_23_a_connection_that_is_gone_loses_its_row_and_the_others_get_theirs(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect, connections: Connections
) -> None:
    job = store.create(pending_job()).job
    before, gone, after = (connect(job.user_id, name) for name in ("1", "2", "3"))
    gateway.trouble[gone] = ConnectionGone()
    assert deliver(change(job, progressed(20)), change(job, progressed(40))) == []
    assert [versions(gateway.got[tab], job) for tab in (before, after)] == [[2, 3], [2, 3]]
    assert [one.connection_id for one in connections.of_user(job.user_id)] == [before, after]
    assert connections.owner_of(gone) is None
    assert gateway.tried.count(gone) == 1


def test_row_23_a_connection_that_is_still_being_made_keeps_its_row(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect, connections: Connections
) -> None:
    """Its `$connect` has not returned, so the gateway says 410; its first sync will tell it everything."""
    job = store.create(pending_job()).job
    young = connect(job.user_id, age=timedelta(seconds=5))
    gateway.trouble[young] = ConnectionGone()
    deliver(change(job, progressed(20)))
    assert [one.connection_id for one in connections.of_user(job.user_id)] == [young]


def test_row_23_a_push_that_fails_keeps_its_row_gets_no_more_of_the_batch_and_holds_up_nobody(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect, connections: Connections
) -> None:
    job = store.create(pending_job()).job
    bad, good = connect(job.user_id, "1"), connect(job.user_id, "2")
    gateway.trouble[bad] = NotSent("LimitExceededException")
    assert deliver(change(job, progressed(20)), change(job, progressed(40))) == []
    assert versions(gateway.got[good], job) == [2, 3]
    assert gateway.tried.count(bad) == 1
    assert len(connections.of_user(job.user_id)) == 2


def test_row_23_a_gateway_that_is_away_costs_a_batch_one_round_of_pushes_and_no_more(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect, stack: Stack
) -> None:
    """Each may take 3 s, and the next batch, with what its feed must have, waits for this one."""
    jobs = [store.create(pending_job()).job for _ in range(5)]
    tabs = [connect(job.user_id, f"{number}") for job in jobs for number in range(20)]
    gateway.trouble = dict.fromkeys(tabs, NotSent("ReadTimeoutError"))
    assert deliver(*(change(job, completed(job.job_id)) for job in jobs)) == []
    assert 16 <= len(gateway.tried) < 16 + 16
    assert all(len(told_of(stack, job)) == 1 for job in jobs)


def test_row_23_a_gateway_that_is_away_is_left_alone_for_a_while_and_then_tried_again(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect, stack: Stack
) -> None:
    at = now()
    object.__setattr__(pushing(), "outage", Outage(lambda: at))
    jobs = [store.create(pending_job()).job for _ in range(3)]
    tabs = [connect(job.user_id, f"{number}") for job in jobs for number in range(20)]
    gateway.trouble = dict.fromkeys(tabs, NotSent("ReadTimeoutError"))
    deliver(*(change(job, progressed(20)) for job in jobs))
    tried = len(gateway.tried)
    gateway.trouble = {}
    at += PAUSE - timedelta(milliseconds=1)
    deliver(*(change(job, completed(job.job_id)) for job in jobs[:1]))
    assert len(gateway.tried) == tried
    assert len(told_of(stack, jobs[0])) == 1
    at += timedelta(milliseconds=1)
    deliver(*(change(job, completed(job.job_id)) for job in jobs[1:]))
    assert sorted(gateway.got) == sorted(tabs[20:])


def test_row_23_many_connections_in_trouble_are_no_outage_while_others_get_theirs(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect
) -> None:
    jobs = [store.create(pending_job()).job for _ in range(4)]
    tabs = [connect(job.user_id, f"{number:02}") for job in jobs for number in range(20)]
    bad = tabs[1::4] + tabs[2::40]
    gateway.trouble = dict.fromkeys(bad, NotSent("ReadTimeoutError"))
    deliver(*(change(job, progressed(20)) for job in jobs))
    assert len(bad) > 16
    assert sorted(gateway.got) == sorted(set(tabs) - set(bad))


@pytest.mark.parametrize("operation", ["Query", "DeleteItem"])
def test_row_23_a_table_that_cannot_say_who_is_connected_fails_no_record(
    operation: str, change: Change, gateway: Gateway, connect: Connect, stack: Stack
) -> None:
    job = JobStore(stack.dynamodb, stack.jobs_table).create(pending_job()).job
    gateway.trouble[connect(job.user_id)] = ConnectionGone()

    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    client("dynamodb").meta.events.register(f"before-call.dynamodb.{operation}", down)
    outcome = change(job, completed(job.job_id))
    assert deliver(outcome) == []
    client("dynamodb").meta.events.unregister(f"before-call.dynamodb.{operation}", down)
    assert len(told_of(stack, job)) == 1


def test_row_23_whatever_goes_wrong_with_a_push_the_record_is_told_and_done_with(
    change: Change, gateway: Gateway, connect: Connect, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    job = JobStore(stack.dynamodb, stack.jobs_table).create(pending_job()).job
    gateway.trouble[connect(job.user_id)] = ValueError("our own mistake")
    assert deliver(change(job, completed(job.job_id))) == []
    assert len(told_of(stack, job)) == 1
    counted = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "PushesFailed" in line]
    assert len(counted) == 1


def test_pushes_come_after_all_that_must_not_be_lost(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect, topic: RecordingPublisher
) -> None:
    jobs = [store.create(pending_job()).job for _ in range(3)]
    published_before: list[int] = []
    tab = connect(jobs[0].user_id)
    post = gateway.post

    def watch(connection_id: str, message: dict[str, Any]) -> None:
        published_before.append(len(topic.published))
        post(connection_id, message)

    object.__setattr__(pushing().channel, "post", watch)
    deliver(*(change(job, completed(job.job_id)) for job in jobs))
    assert set(published_before) == {3}
    assert len(gateway.got[tab]) == 2


def test_what_was_not_told_is_not_pushed_and_poison_pushes_nothing(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect, topic: RecordingPublisher
) -> None:
    job = store.create(pending_job()).job
    connect(job.user_id)
    topic.failure = EndpointConnectionError(endpoint_url="https://sns")
    outcome = change(job, completed(job.job_id))
    assert deliver(outcome, *HOPELESS.values()) == [sequence_number(outcome)]
    assert gateway.tried == []


def test_without_time_nothing_is_pushed_and_nothing_is_reported(
    store: JobStore, change: Change, gateway: Gateway, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    """Enough for the records, and too little to ask a table that may not answer."""
    job = store.create(pending_job()).job
    connect(job.user_id)
    assert deliver(change(job, progressed(20)), milliseconds_left=18_000 - 1) != []
    assert deliver(change(job, progressed(40)), milliseconds_left=18_001) == []
    assert versions(gateway.got[f"{job.user_id}-c"], job) == [3]


@pytest.mark.parametrize("push", range(1, 11))
def test_row_25_wherever_an_invocation_is_killed_its_clients_miss_nothing_and_are_told_once(
    push: int, change: Change, gateway: Gateway, connect: Connect, stack: Stack
) -> None:
    """AWS delivers the batch again, in halves; what came twice has the version or the id that it had."""
    job = JobStore(stack.dynamodb, stack.jobs_table).create(pending_job()).job
    tabs = [connect(job.user_id, name) for name in ("a", "b")]
    batch = [created(stack, job), *(change(job, progressed(step)) for step in (20, 40)), change(job, completed(job.job_id))]
    gateway.dies_at = push
    driver = StreamDriver(handler, Mapped.of("NotifyFunction", "ChangedJobs"))
    driver.run({"shard-1": batch})
    assert len(driver.calls) == 3  # the batch, and its halves
    [told] = told_of(stack, job)
    for tab in tabs:
        heard = versions(gateway.got[tab], job)
        assert set(heard) == {1, 2, 3, 4}
        assert heard[-4:] == [1, 2, 3, 4]
        assert {one["notification"]["id"] for one in gateway.got[tab] if "notification" in one} == {told.id}
