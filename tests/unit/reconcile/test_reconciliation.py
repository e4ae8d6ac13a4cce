"""What is done about a silent job, branch by branch, with a backend that says what the test says."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconcile.patience import Patience
from reconcile.reconciliation import Reconciliation
from sorami.artifacts import Artifacts, ReferencePolicy
from sorami.errors import BackendRejected, BackendUnavailable, JobNotFound, SecretUnavailable, StoreUnavailable
from sorami.jobs import Cancelled, Job, JobEvent, Progressed, State, new_job_id
from sorami.presigning import presigner
from sorami.store import JobStore, Outcome
from tests.support.samples import BUCKET, completed, completed_body, minutes, pending_job
from tests.support.stack import Stack

DOWN = BackendUnavailable("ConnectTimeout")


class ScriptedBackend:
    """Answers, or raises, what it was given; and remembers what it was asked."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {"status": DOWN, "result": DOWN, "submit": None}
        self.asked: list[str] = []

    def status(self, job_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._say("status")
        return found

    def result(self, job_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._say("result")
        return found

    def submit(self, job_id: str, request: dict[str, Any]) -> None:
        assert request["job_id"] == job_id
        assert request["webhook_url"] == "https://api.example.net/webhook"
        assert len(request["uploads"]) == request["num_images"]
        self._say("submit")

    def _say(self, question: str) -> Any:
        self.asked.append(question)
        if isinstance(self.says[question], Exception):
            raise self.says[question]
        return self.says[question]


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend()


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


type Reconcile = Callable[[Job, float], None]
type ReconcileAt = Callable[[Job, float], Job]


@pytest.fixture
def reconcile(store: JobStore, backend: ScriptedBackend) -> Reconcile:
    """Runs the story for a job at so many minutes after noon."""
    clock: list[datetime] = [minutes(0)]
    hours = timedelta(hours=1)
    story = Reconciliation(
        jobs=store,
        backend=backend,
        artifacts=Artifacts(presigner(), BUCKET),
        policy=ReferencePolicy(images_bucket=BUCKET),
        patience=Patience(first_look=hours / 60, silence=hours / 6, deadline=hours / 4, longest=hours),
        webhook_url="https://api.example.net/webhook",
        locale="fr",
        clock=lambda: clock[0],
    )

    def run(job: Job, at: float) -> None:
        clock[0] = minutes(at)
        story.reconcile_job(job.job_id)

    return run


@pytest.fixture
def reconcile_at(store: JobStore, reconcile: Reconcile) -> ReconcileAt:
    """As `reconcile`; returns the job as it stands then."""

    def run(job: Job, at: float) -> Job:
        reconcile(job, at)
        return store.get(job.job_id)

    return run


def progressed(store: JobStore, at: float, percent: int = 60) -> Job:
    job = store.create(pending_job()).job
    return store.apply(job.job_id, Progressed(state=State.GENERATING, progress=percent, message="…"), minutes(at)).job


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


def test_row_26_of_two_runs_that_see_the_same_job_one_takes_it(store: JobStore) -> None:
    job = store.create(pending_job()).job
    assert [store.claim(job, at=minutes(2), next_look=minutes(at)) for at in (3, 4)] == [True, False]
    assert store.get(job.job_id).due_at == minutes(3)
