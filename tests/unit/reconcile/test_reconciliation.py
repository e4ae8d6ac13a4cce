"""What is done about a silent job, branch by branch."""

from contextlib import suppress
from typing import Any

import pytest

from sorami.errors import BackendRejected, BackendUnavailable, SecretUnavailable, StoreUnavailable
from sorami.jobs import State, new_job_id
from sorami.store import JobStore, Outcome
from tests.support.samples import completed, completed_body, minutes, pending_job
from tests.support.stack import Stack
from tests.unit.reconcile.conftest import DOWN, Reconcile, ReconcileAt, ScriptedBackend, progressed


def test_a_job_that_is_not_due_is_left_alone(store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt) -> None:
    job = store.create(pending_job()).job
    assert reconcile_at(job, 0.9) == job
    assert backend.asked == []


def test_a_job_that_has_ended_since_it_was_listed_is_left_alone(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    """The index that it was found in may be a little out of date."""
    job = store.create(pending_job()).job
    ended = store.apply(job.job_id, completed(job.job_id), minutes(1)).job
    assert reconcile_at(job, 2) == ended
    assert backend.asked == []


def test_a_job_that_is_gone_is_left_alone(store: JobStore, backend: ScriptedBackend, reconcile: Reconcile, stack: Stack) -> None:
    job = store.create(pending_job()).job
    stack.dynamodb.delete_item(TableName=stack.jobs_table, Key={"job_id": {"S": job.job_id}})
    reconcile(job, 2)
    assert backend.asked == []


def test_a_job_that_was_heard_from_lately_is_put_off_without_a_look(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    job = reconcile_at(progressed(store, at=1.5), 2)
    assert (job.due_at, job.looks, backend.asked) == (minutes(2.5), 0, [])


def test_rows_1_and_2_what_the_backend_does_not_know_is_submitted_again(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    backend.says["status"] = None
    job = reconcile_at(store.create(pending_job()).job, 1)
    assert (job.state, job.looks, job.due_at, backend.asked) == (State.PENDING, 1, minutes(3), ["status", "submit"])


def test_a_lost_report_is_taken_over(store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt) -> None:
    job = store.create(pending_job()).job
    backend.says |= {"status": {"status": "COMPLETED"}, "result": completed_body(job.job_id)["data"]}
    job = reconcile_at(job, 1)
    assert (job.state, len(job.images), job.due_at) == (State.COMPLETED, 2, None)


def test_a_lost_failure_is_taken_over(store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt) -> None:
    backend.says["status"] = {"status": "failed", "error": "Modération", "error_code": "content_moderated"}
    job = reconcile_at(store.create(pending_job()).job, 1)
    assert (job.state, job.error, job.error_code) == (State.FAILED, "Modération", "content_moderated")


def test_progress_that_was_lost_is_taken_over(store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt) -> None:
    backend.says["status"] = {"status": "SAVING", "progress": 90, "message": "presque"}
    job = reconcile_at(progressed(store, at=0), 3)
    assert (job.state, job.progress, job.message, job.looks) == (State.SAVING, 90, "presque", 0)


def test_row_5_a_refusal_of_a_second_submit_is_final(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    backend.says |= {"status": None, "submit": BackendRejected(status=422, reason="trop long")}
    job = reconcile_at(store.create(pending_job()).job, 1)
    assert (job.state, job.error, job.error_code) == (State.FAILED, "trop long", "backend_rejected")


def test_row_3_a_job_that_no_backend_takes_ends_after_five_looks(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    job = store.create(pending_job()).job
    states = [reconcile_at(job, at).state for at in (1, 3, 7, 15, 15.9, 16)]
    assert states == [*[State.PENDING] * 5, State.FAILED]
    assert (store.get(job.job_id).error_code, backend.asked) == ("backend_unavailable", ["status"] * 5)


def test_row_9_a_result_beats_every_end_that_only_our_clock_made(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    """The backend may have taken the job, with its answer lost and its status away."""
    job = store.create(pending_job()).job
    for at in (1, 16):
        reconcile_at(job, at)
    assert store.get(job.job_id).error_code == "backend_unavailable"
    assert store.apply(job.job_id, completed(job.job_id), minutes(17)).applied


def test_row_3_a_backend_that_takes_a_job_and_forgets_it_is_not_asked_for_ever(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    backend.says["status"] = None
    job = store.create(pending_job()).job
    states = [reconcile_at(job, at).state for at in (1, 3, 7, 15, 16)]
    assert states == [*[State.PENDING] * 4, State.FAILED]
    assert backend.asked == ["status", "submit"] * 4 + ["status"]


def test_a_backend_that_answers_is_not_silent_although_it_has_no_news(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    waiting, working = store.create(pending_job()).job, progressed(store, at=0)
    for job, said in ((waiting, {"status": "PENDING", "progress": 0}), (working, {"status": "GENERATING", "progress": 60})):
        backend.says["status"] = said
        for at in range(1, 25):
            reconcile_at(job, at)
        backend.says["status"] = DOWN
        seen = [(at, reconcile_at(job, at).state.is_terminal) for at in range(25, 36)]
        assert [at for at, is_over in seen if is_over] == [35]
        assert store.get(job.job_id).error_code == "timeout"


def test_only_an_end_that_nobody_reported_counts_as_given_up(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr("reconcile.reconciliation.count", counted.append)
    backend.says["submit"] = BackendRejected(status=422)
    for status, at, given_up in ((None, 1, 0), (DOWN, 60, 1)):
        backend.says["status"] = status
        assert reconcile_at(store.create(pending_job()).job, at).state is State.FAILED
        assert counted.count("JobsGivenUp") == given_up
        assert "JobsSubmittedAgain" not in counted


def test_a_table_that_is_away_while_a_last_report_is_taken_over_ends_no_job(
    store: JobStore, backend: ScriptedBackend, reconcile: Reconcile, reconcile_at: ReconcileAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is back a moment later, when our own end could be written."""
    job, apply = store.create(pending_job()).job, store.apply
    backend.says |= {"status": {"status": "COMPLETED"}, "result": completed_body(job.job_id)["data"]}

    def away_for_once(*_given: Any, **_more: Any) -> Outcome:
        monkeypatch.setattr(store, "apply", apply)
        raise StoreUnavailable("throttled")

    monkeypatch.setattr(store, "apply", away_for_once)
    with pytest.raises(StoreUnavailable):
        reconcile(job, 60)
    assert store.get(job.job_id).state is State.PENDING
    assert reconcile_at(job, 61).state is State.COMPLETED


@pytest.mark.parametrize("trouble", [SecretUnavailable("AccessDenied"), OverflowError("of our own making")])
def test_nothing_that_goes_wrong_with_us_keeps_a_job_open_for_ever(
    trouble: Exception, store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    backend.says["status"] = trouble
    job = store.create(pending_job()).job
    for at in (1, 3, 7, 15, 16):
        with suppress(OverflowError):
            reconcile_at(job, at)
    assert store.get(job.job_id).error_code == "backend_unavailable"


def test_row_5_what_says_that_somebody_has_set_something_wrongly_is_counted_for_its_alarm(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr("reconcile.reconciliation.count", counted.append)
    for status in (401, 403, 404, 500, None):
        backend.says["status"] = BackendUnavailable("…", status=status)
        reconcile_at(store.create(pending_job()).job, 1)
    assert counted.count("BackendMisconfigured") == 3
    assert counted.count("BackendUnavailable") == 5


def test_row_26_a_backend_that_falls_silent_ends_in_our_timeout_and_a_late_result_still_counts(
    store: JobStore, reconcile_at: ReconcileAt
) -> None:
    job = progressed(store, at=0)
    states = [reconcile_at(job, at).state for at in (1, 3, 7, 11)]
    assert states == [*[State.GENERATING] * 3, State.FAILED]
    ended = store.get(job.job_id)
    assert (ended.error_code, ended.deadline_passed) == ("timeout", True)


def test_a_backend_that_is_at_work_for_ever_is_not_waited_for_for_ever(
    store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    backend.says["status"] = {"status": "GENERATING", "progress": 60}
    job = progressed(store, at=0)
    assert reconcile_at(job, 30).state is State.GENERATING
    assert reconcile_at(job, 60).error_code == "timeout"


@pytest.mark.parametrize("heard_at", [30, 59.5])
def test_neither_does_new_progress_buy_more_time(
    heard_at: float, store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    job = progressed(store, at=heard_at)
    backend.says["status"] = {"status": "SAVING", "progress": 95}
    ended = reconcile_at(job, 60)
    assert (ended.state, ended.error_code, ended.deadline_passed) == (State.FAILED, "timeout", True)


_LIES: dict[str, dict[str, Any]] = {
    "a result that it does not know": {"status": {"status": "COMPLETED"}, "result": None},
    "a result without images": {"status": {"status": "COMPLETED"}, "result": {"images": []}},
    "the result of another job": {"status": {"status": "COMPLETED"}, "result": completed_body(new_job_id())["data"]},
    "a state that is none": {"status": {"status": "DONE"}},
    "nothing": {"status": {}},
    "too much progress": {"status": {"status": "GENERATING", "progress": 101}},
    "half a character": {"status": {"status": "GENERATING", "progress": 60, "message": "\ud800"}},
    "half a character in a result": {"status": {"status": "COMPLETED"}, "result": {"images": [{"description": "\ud800"}]}},
}


@pytest.mark.parametrize("lie", _LIES)
def test_an_answer_that_makes_no_sense_says_nothing(
    lie: str, store: JobStore, backend: ScriptedBackend, reconcile_at: ReconcileAt
) -> None:
    backend.says |= _LIES[lie]
    job = reconcile_at(store.create(pending_job()).job, 1)
    assert (job.state, job.looks) == (State.PENDING, 1)
