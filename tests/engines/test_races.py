"""Many writers at once, on engines whose conditional writes are real: there is one winner, whoever it is."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from query.notifications import Notifications
from reconcile.sweep import sweep_due_jobs
from sorami.cursors import Cursors
from sorami.feed import Feed, Notification, NotificationType, notification_key
from sorami.jobs import Cancelled, ErrorCode, Failed, Job, JobEvent, Progressed, State, new_job_id
from sorami.store import JobStore, Outcome
from sorami.times import iso
from sorami.wire.requests import ReadAllRequest
from tests.support.engines import JOBS, NOTIFICATIONS, Engine
from tests.support.racing import race
from tests.support.samples import completed, failed, minutes, new_user, pending_job

_RACERS = 50
_TIMEOUT = Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True)
_EVENTS: dict[str, Callable[[Job], JobEvent]] = {
    "progress": lambda _: Progressed(state=State.GENERATING, progress=60, message="Presque"),
    "completed": lambda job: completed(job.job_id),
    "failed": lambda _: failed(),
    "timed out": lambda _: _TIMEOUT,
    "cancelled": lambda job: Cancelled(by=job.user_id, message="annulé"),
}


@pytest.fixture
def store(engine: Engine) -> JobStore:
    return JobStore(engine.client, JOBS)


@pytest.fixture
def feed(engine: Engine) -> Feed:
    return Feed(engine.client, NOTIFICATIONS)


@pytest.mark.parametrize("kind", _EVENTS)
def test_row_20_of_50_writers_of_one_transition_exactly_one_wins(store: JobStore, kind: str) -> None:
    job = store.create(pending_job()).job
    event = _EVENTS[kind](job)
    outcomes = race(*[partial(store.apply, job.job_id, event, minutes(number)) for number in range(1, _RACERS + 1)])
    [winner] = [outcome.job for outcome in outcomes if outcome.applied]
    assert store.get(job.job_id) == winner
    assert winner.version == job.version + 1


def test_row_8_of_50_different_reports_the_version_counts_those_that_were_applied(store: JobStore) -> None:
    job = store.create(pending_job()).job
    reports = [Progressed(state=State.GENERATING, progress=2 * number, message="…") for number in range(_RACERS)]
    outcomes = race(*[partial(store.apply, job.job_id, report, minutes(1)) for report in reports])
    standing = store.get(job.job_id)
    assert standing.progress == max(report.progress for report in reports)
    assert standing.version == job.version + sum(outcome.applied for outcome in outcomes)


def test_row_9_of_contradictory_ends_the_first_stands(store: JobStore) -> None:
    job = store.create(pending_job()).job
    ends: list[JobEvent] = [completed(job.job_id), failed()] * (_RACERS // 2)
    outcomes = race(*[partial(store.apply, job.job_id, end, minutes(1)) for end in ends])
    [winner] = [outcome.job for outcome in outcomes if outcome.applied]
    assert store.get(job.job_id) == winner
    assert {outcome.job.state for outcome in outcomes} == {winner.state}, "every loser sees what stands"


def test_row_26_a_result_that_races_our_timeout_stands_in_the_end(store: JobStore) -> None:
    for _ in range(10):
        job = store.create(pending_job()).job
        ends: list[JobEvent] = [completed(job.job_id), *[_TIMEOUT] * 4]
        result, *timeouts = race(*[partial(store.apply, job.job_id, end, minutes(1)) for end in ends])
        assert result.applied
        standing = store.get(job.job_id)
        assert (standing.state, standing.error, standing.deadline_passed) == (State.COMPLETED, None, False)
        assert standing.version == job.version + 1 + _applied(timeouts)
        assert _applied(timeouts) <= 1


def test_row_10_50_creates_of_one_id_write_one_job(store: JobStore) -> None:
    job_id = new_job_id()
    wanted = [pending_job(job_id=job_id) for _ in range(_RACERS)]
    outcomes = race(*[partial(store.create, job) for job in wanted])
    [written] = [outcome.job for outcome in outcomes if outcome.applied]
    assert {outcome.job.user_id for outcome in outcomes} == {written.user_id}
    assert store.get(job_id) == written


def test_of_50_equal_creates_in_one_millisecond_one_is_told_that_it_wrote(store: JobStore) -> None:
    """Retries with one idempotency key: only that one may go on to ask the backend."""
    wanted = pending_job()
    outcomes = race(*[partial(store.create, wanted) for _ in range(_RACERS)])
    assert _applied(outcomes) == 1
    assert {outcome.job for outcome in outcomes} == {wanted}


def test_row_26_of_50_runs_that_saw_one_job_due_one_claims_it(store: JobStore) -> None:
    job = store.create(pending_job()).job
    claims = race(*[partial(store.claim, job, at=minutes(1), next_look=minutes(2)) for _ in range(_RACERS)])
    assert claims.count(True) == 1
    assert store.get(job.job_id) == replace(job, due_at=minutes(2), looks=1, watched_since=minutes(1))


def test_row_26_20_reconcilers_over_100_due_jobs_claim_each_once(engine: Engine, store: JobStore) -> None:
    ours = {store.create(pending_job()).job.job_id for _ in range(100)}
    claimed: list[str] = []

    def take(job_id: str) -> None:
        job = store.get(job_id)
        if job_id in ours and job.due_at == minutes(1) and store.claim(job, at=minutes(1), next_look=minutes(60)):
            claimed.append(job_id)

    def run() -> int:
        def due(segment: int, segments: int) -> Iterator[str]:
            return store.due_job_ids(minutes(1), segment=segment, segments=segments)

        return sweep_due_jobs(due, take, has_time=lambda: True, max_jobs=500).failures

    assert race(*[run] * 20) == [0] * 20
    assert Counter(claimed) == Counter(ours)


def test_row_7_50_deliveries_of_one_outcome_put_one_notification(feed: Feed) -> None:
    told = _notification(new_user(), 1)
    assert race(*[partial(feed.add, told) for _ in range(_RACERS)]).count(True) == 1
    assert feed.page(told.user_id, limit=100).notifications == (told,)
    assert feed.unread_count(told.user_id) == 1


def test_row_7_reading_while_new_ones_arrive_keeps_the_count_exact(feed: Feed) -> None:
    user = new_user()
    old = [_notification(user, number) for number in range(25)]
    for one in old:
        feed.add(one)
    new = [_notification(user, number) for number in range(25, _RACERS)]
    race(
        *[partial(feed.mark, user, one.id, read=True, at=minutes(60)) for one in old],
        *[partial(feed.add, one) for one in [*new, *old]],
    )
    assert feed.unread_count(user) == len(new)
    rows = feed.page(user, limit=100).notifications
    assert {row.id for row in rows if row.read_at is None} == {one.id for one in new}
    assert len(rows) == len(old) + len(new)


def test_reading_all_while_new_ones_arrive_marks_none_of_those_and_keeps_the_count_exact(feed: Feed) -> None:
    user = new_user()
    old = [_notification(user, number) for number in range(15)]
    for one in old:
        feed.add(one)
    new = [_notification(user, number) for number in range(15, 30)]
    story = Notifications(feed=feed, cursors=Cursors(lambda: "key"), locale="fr", clock=lambda: minutes(60))
    asked = ReadAllRequest.model_validate({"before": iso(old[-1].created_at)})
    race(*[partial(story.mark_all, asked, user) for _ in range(3)], *[partial(feed.add, one) for one in new])
    rows = feed.page(user, limit=100).notifications
    assert {row.id for row in rows if row.read_at is None} == {one.id for one in new}
    assert feed.unread_count(user) == len(new)


def _applied(outcomes: list[Outcome]) -> int:
    return sum(outcome.applied for outcome in outcomes)


def _notification(user: str, number: int) -> Notification:
    kind = NotificationType.IMAGE_COMPLETED
    return Notification(
        user_id=user,
        key=notification_key(finished_at=minutes(number), job_id=new_job_id(), kind=kind),
        type=kind,
        title="🎨",
        message="Deux images",
        created_at=minutes(number),
        metadata={},
    )
