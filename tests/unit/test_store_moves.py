"""Every event against a job in every state, compared with a model that is written down here and derived from nothing."""

from dataclasses import dataclass

import pytest

from sorami.errors import JobNotFound
from sorami.jobs import Cancelled, Completed, ErrorCode, Failed, Job, JobEvent, Progressed, State, new_job_id
from sorami.store import JobStore
from tests.support.samples import completed, failed, minutes, pending_job
from tests.support.stack import Stack

TIMED_OUT = "FAILED by our own deadline"
STARTS = ["PENDING", "INITIALIZING", "GENERATING", "SAVING", "COMPLETED", "FAILED", TIMED_OUT, "CANCELLED"]
START_PROGRESS = {"PENDING": 0, "INITIALIZING": 25, "GENERATING": 60, "SAVING": 90}
LADDER = ["PENDING", "INITIALIZING", "GENERATING", "SAVING"]


@dataclass(frozen=True)
class Standing:
    """The model's whole job: where it stands, and whether it was our deadline that ended it."""

    start: str
    progress: int


def expected_to_apply(standing: Standing, event: JobEvent) -> bool:
    """The rules in plain words (docs/api.md, "States and progress" and "Webhook")."""
    if standing.start in {"COMPLETED", "CANCELLED", "FAILED"}:
        return False
    if standing.start == TIMED_OUT:
        return isinstance(event, Completed)
    if isinstance(event, Cancelled):
        return event.by != "a stranger"
    if not isinstance(event, Progressed):
        return True
    here, there = LADDER.index(standing.start), LADDER.index(str(event.state))
    if there < here:
        return False
    return event.progress > standing.progress or (there > here and event.progress == standing.progress)


EVENTS: list[JobEvent | str] = [
    *(
        Progressed(state=State(state), progress=progress, message="…")
        for state in LADDER
        for progress in (0, 24, 25, 60, 61, 90, 100)
    ),
    "completed",
    Failed(error="refusé", error_code=ErrorCode.CONTENT_MODERATED),
    Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True),
    "cancelled",
    Cancelled(by="a stranger", message="…"),
]


def named(value: object) -> str:
    match value:
        case Progressed():
            return f"{value.state}-{value.progress}"
        case Failed():
            return f"failed-{value.error_code}"
        case Cancelled():
            return "cancelled-by-a-stranger"
        case _:
            return str(value)


def event_for(job: Job, event: JobEvent | str) -> JobEvent:
    """The event itself, or the one of that name, which says something of the job."""
    match event:
        case "completed":
            return completed(job.job_id)
        case "cancelled":
            return Cancelled(by=job.user_id, message="Annulé")
        case str():
            raise ValueError(event)
    return event


def bring(store: JobStore, start: str) -> Job:
    """A stored job that has come to the state by ordinary events."""
    job = store.create(pending_job(job_id=new_job_id())).job
    match start:
        case "PENDING":
            return job
        case "COMPLETED":
            return store.apply(job.job_id, completed(job.job_id), minutes(1)).job
        case "FAILED":
            return store.apply(job.job_id, failed(), minutes(1)).job
        case "CANCELLED":
            return store.apply(job.job_id, Cancelled(by=job.user_id, message="Annulé"), minutes(1)).job
        case _ if start == TIMED_OUT:
            passed = Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True)
            return store.apply(job.job_id, passed, minutes(1)).job
        case _:
            step = Progressed(state=State(start), progress=START_PROGRESS[start], message="…")
            return store.apply(job.job_id, step, minutes(1)).job


@pytest.fixture
def store(moto_stack: Stack) -> JobStore:
    return JobStore(moto_stack.dynamodb, moto_stack.jobs_table)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_an_event_is_applied_exactly_when_the_model_says_so(start: str, event: JobEvent | str, store: JobStore) -> None:
    """Rows 8 and 9: nothing goes back, the first end stands, but a result beats our own timeout."""
    before = bring(store, start)
    event = event_for(before, event)
    expected = expected_to_apply(Standing(start=start, progress=before.progress), event)

    outcome = store.apply(before.job_id, event, minutes(5))

    assert outcome.applied is expected
    after = store.get(before.job_id)
    assert outcome.job == after
    if not expected:
        assert after == before
        return
    assert after.version == before.version + 1
    assert after.updated_at == minutes(5)
    assert after.progress >= before.progress
    match event:
        case Progressed():
            assert (after.state, after.progress, after.message) == (event.state, event.progress, event.message)
        case Completed():
            assert (after.state, after.progress, after.images) == (State.COMPLETED, 100, event.images)
        case Failed():
            assert (after.state, after.error, after.error_code) == (State.FAILED, event.error, event.error_code)
            assert after.message == event.error
            assert after.progress == before.progress
        case Cancelled():
            assert (after.state, after.message, after.finished_at) == (State.CANCELLED, event.message, minutes(5))
            assert (after.progress, after.error) == (before.progress, None)


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_the_same_event_twice_changes_the_job_once(event: JobEvent | str, store: JobStore, moto_stack: Stack) -> None:
    """Row 7, one after the other; the race itself runs against a real engine."""
    job = store.create(pending_job()).job
    event = event_for(job, event)
    if event == Cancelled(by="a stranger", message="…"):
        event = Cancelled(by=job.user_id, message="…")
    first = store.apply(job.job_id, event, minutes(1))
    second = store.apply(job.job_id, event, minutes(2))
    assert not second.applied
    assert second.job == first.job


def test_no_event_creates_a_job(store: JobStore, moto_stack: Stack) -> None:
    """Row 11."""
    for event in EVENTS:
        unknown = new_job_id()
        with pytest.raises(JobNotFound):
            store.apply(unknown, event_for(pending_job(job_id=unknown), event), minutes(1))
        assert moto_stack.item(unknown) is None
