"""What else happens while a silent job is looked after: news, another run, a deletion, between any two of its calls."""

from datetime import datetime
from typing import Any

import pytest

from sorami.errors import BackendRejected, BackendUnavailable, JobNotFound
from sorami.jobs import Cancelled, Job, JobEvent, Progressed, State
from sorami.store import JobStore, Outcome
from tests.support.samples import minutes, pending_job
from tests.unit.reconcile.conftest import DOWN, Reconcile, ReconcileAt, ScriptedBackend


@pytest.mark.parametrize(
    ("status", "submit", "at"),
    [
        ({"status": "FAILED"}, None, 60),
        ({"status": "GENERATING", "progress": 60}, None, 60),
        (DOWN, None, 60),
        (None, BackendRejected(status=422), 2),
    ],
    ids=["failed", "at work", "nothing", "refused"],
)
def test_a_job_that_is_deleted_while_its_backend_is_asked_is_no_error(
    *,
    status: Any,
    submit: BackendRejected | None,
    at: float,
    store: JobStore,
    backend: ScriptedBackend,
    reconcile: Reconcile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job, say = store.create(pending_job()).job, backend._say
    backend.says |= {"status": status, "submit": submit}

    def delete_then_say(question: str) -> Any:
        if question == "status":
            assert store.bury(store.apply(job.job_id, Cancelled(by=job.user_id, message="…"), minutes(at)).job, minutes(at))
        return say(question)

    monkeypatch.setattr(backend, "_say", delete_then_say)
    reconcile(job, at)
    with pytest.raises(JobNotFound):
        store.get(job.job_id)


def test_news_that_comes_while_the_backend_is_asked_for_the_last_time_keeps_the_job(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = store.create(pending_job()).job
    reconcile_at(job, 1)

    def report_comes_first(_job_id: str) -> None:
        store.apply(job.job_id, Progressed(state=State.GENERATING, progress=50, message="…"), minutes(16))
        raise DOWN

    monkeypatch.setattr(backend, "status", report_comes_first)
    assert (kept := reconcile_at(job, 16)).state is State.GENERATING
    assert (kept.looks, kept.watched_since) == (0, None)


@pytest.mark.parametrize("said", [DOWN, {"status": "GENERATING", "progress": 70}])
def test_no_news_keeps_a_job_beyond_the_longest_time(
    said: Any, store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, apply = store.create(pending_job()).job, store.apply

    def progress_comes_first(job_id: str, event: JobEvent, at: datetime, **seen: Any) -> Outcome:
        """Just before the write that would end the job."""
        if seen:
            apply(job_id, Progressed(state=State.SAVING, progress=90, message="…"), at)
        return apply(job_id, event, at, **seen)

    backend.says["status"] = said
    monkeypatch.setattr(store, "apply", progress_comes_first)
    ended = reconcile_at(job, 60)
    assert (ended.progress, ended.error_code, ended.deadline_passed) == (90, "timeout", True)


def test_what_is_heard_between_the_look_and_the_claim_puts_the_claim_off(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, claim = store.create(pending_job()).job, store.claim
    reconcile_at(job, 1)

    def progress_slips_in(seen: Job, *, at: datetime, next_look: datetime, **more: bool) -> bool:
        store.apply(job.job_id, Progressed(state=State.GENERATING, progress=50, message="…"), at)
        return claim(seen, at=at, next_look=next_look, **more)

    monkeypatch.setattr(store, "claim", progress_slips_in)
    heard = reconcile_at(job, 16)
    assert (heard.state, heard.looks, heard.watched_since, backend.asked) == (State.GENERATING, 0, None, ["status"])


@pytest.mark.parametrize("status", [DOWN, None], ids=["silent", "refused"])
def test_row_26_a_look_that_another_run_has_taken_over_ends_nothing(
    status: BackendUnavailable | None,
    store: JobStore,
    backend: ScriptedBackend,
    reconcile_at: ReconcileAt,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So slow was the first that the job was due again."""
    job, say = store.create(pending_job()).job, backend._say
    backend.says |= {"status": status, "submit": BackendRejected(status=422)}
    at = {DOWN: 16, None: 2}[status]
    if status is DOWN:
        reconcile_at(job, 1)

    def is_slow(question: str) -> Any:
        if question == "status":
            standing = store.get(job.job_id)
            assert standing.due_at is not None
            assert store.claim(standing, at=standing.due_at, next_look=minutes(30))
        return say(question)

    monkeypatch.setattr(backend, "_say", is_slow)
    standing = reconcile_at(job, at)
    assert (standing.state, standing.due_at) == (State.PENDING, minutes(30))


def test_row_26_a_look_ends_nothing_that_an_earlier_and_slower_one_has_heard_of(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend was at work when the first asked, six seconds before the last look, and was away for that."""
    job = store.create(pending_job()).job
    reconcile_at(job, 1)
    slow = reconcile_at(job, 15.9)

    def the_first_hears(_job_id: str) -> None:
        assert store.note_answer(slow, at=minutes(15.9), next_look=minutes(16.9))
        raise DOWN

    monkeypatch.setattr(backend, "status", the_first_hears)
    standing = reconcile_at(job, 16)
    assert (standing.state, standing.looks, standing.due_at) == (State.PENDING, 0, minutes(16.9))


def test_no_stream_of_news_keeps_a_job_from_its_last_look(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever slips in between each look and its claim."""
    job, claim = store.create(pending_job()).job, store.claim
    percents = iter(range(1, 100))

    def progress_slips_in(seen: Job, *, at: datetime, next_look: datetime, **more: bool) -> bool:
        store.apply(job.job_id, Progressed(state=State.GENERATING, progress=next(percents), message="…"), at)
        return claim(seen, at=at, next_look=next_look, **more)

    monkeypatch.setattr(store, "claim", progress_slips_in)
    assert reconcile_at(job, 59).state is State.GENERATING
    ended = reconcile_at(job, 60)
    assert (ended.progress, ended.error_code, ended.deadline_passed) == (2, "timeout", True)


def test_what_is_wrong_with_us_is_said_although_the_job_is_deleted_meanwhile(
    store: JobStore, backend: ScriptedBackend, reconcile: Reconcile, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = store.create(pending_job()).job

    def deleted_and_wrong(_job_id: str) -> None:
        assert store.bury(store.apply(job.job_id, Cancelled(by=job.user_id, message="…"), minutes(59)).job, minutes(59))
        raise OverflowError("of our own making")

    monkeypatch.setattr(backend, "status", deleted_and_wrong)
    with pytest.raises(OverflowError):
        reconcile(job, 60)


def test_row_26_of_two_runs_that_see_the_same_job_one_takes_it(store: JobStore) -> None:
    job = store.create(pending_job()).job
    assert [store.claim(job, at=minutes(2), next_look=minutes(at)) for at in (3, 4)] == [True, False]
    assert store.get(job.job_id).due_at == minutes(3)
