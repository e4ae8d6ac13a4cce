"""`sorami retry` and `sorami expire`: what is written, what is refused, and that whatever happens meanwhile wins."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import ops.options
from ops import mending
from ops.exits import Refused
from sorami.jobs import Cancelled, Job, JobEvent, Progressed, State
from sorami.store import JobStore
from sorami.times import now
from tests.support.samples import completed, failed, pending_job
from tests.support.stack import Stack
from tests.unit.ops.conftest import Ask

type AskJson = Callable[..., Any]

BOTH = pytest.mark.parametrize("deed", ["retry", "expire"])


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def silent(store: JobStore) -> Job:
    """Made ten minutes ago, due in ten."""
    at = now() - timedelta(minutes=10)
    return store.create(pending_job(created_at=at, updated_at=at, due_at=now() + timedelta(minutes=10))).job


def progress(percent: int) -> Progressed:
    return Progressed(state=State.GENERATING, progress=percent, message="…")


def test_a_retry_makes_a_silent_job_due_and_changes_nothing_else(silent: Job, store: JobStore, ask_json: AskJson) -> None:
    before = now()
    said = ask_json("retry", silent.job_id)
    after = store.get(silent.job_id)
    assert after.due_at is not None
    assert before <= after.due_at <= now()
    assert (after.state, after.version, after.looks, after.watched_since) == (silent.state, silent.version, 0, None)
    assert (said["deed"], said["written"], said["dry_run"]) == ("retry", True, False)
    assert silent.job_id in list(store.due_job_ids(now(), segment=0, segments=1))


def test_a_job_that_is_due_already_is_not_written(silent: Job, store: JobStore, ask: Ask, ask_json: AskJson) -> None:
    ask("retry", silent.job_id)
    due_at = store.get(silent.job_id).due_at
    assert ask_json("retry", silent.job_id)["written"] is False
    assert "It is due already" in ask("retry", silent.job_id).stdout
    assert store.get(silent.job_id).due_at == due_at


def test_a_job_that_was_heard_of_lately_is_no_job_to_retry(silent: Job, store: JobStore, ask: Ask) -> None:
    heard = store.apply(silent.job_id, progress(60), now()).job
    answer = ask("retry", silent.job_id)
    assert answer.exit_code == 4
    assert "reconcile asks only after 60 s of silence" in answer.stderr
    assert store.get(silent.job_id) == heard


def test_an_expired_job_is_failed_by_our_own_clock_in_its_users_language(silent: Job, store: JobStore, ask_json: AskJson) -> None:
    said = ask_json("expire", silent.job_id)
    job = store.get(silent.job_id)
    assert (job.state, job.error_code, job.deadline_passed, job.due_at) == (State.FAILED, "timeout", True, None)
    assert job.error == "La génération a pris trop de temps. Réessayez dans quelques minutes."
    assert (said["status"], said["version"], said["written"]) == ("FAILED", silent.version + 1, True)


def test_a_late_result_of_an_expired_job_still_counts(silent: Job, store: JobStore, ask: Ask) -> None:
    ask("expire", silent.job_id)
    assert store.apply(silent.job_id, completed(silent.job_id), now()).job.state is State.COMPLETED


@BOTH
@pytest.mark.parametrize(
    ("event", "words"),
    [
        (lambda job: completed(job.job_id), "It is COMPLETED"),
        (lambda job: Cancelled(by=job.user_id, message="Annulée"), "cancelled"),
        (lambda _: failed(), "That is final: it FAILED with content_moderated"),
        (lambda _: failed(error_code="backend_rejected"), "refused it for good"),
        (lambda _: failed(deadline_passed=True), "A late result of its backend still counts"),
    ],
    ids=["completed", "cancelled", "failed", "refused", "timed out"],
)
def test_a_finished_job_is_refused_with_the_reason(
    *, deed: str, event: Callable[[Job], JobEvent], words: str, silent: Job, store: JobStore, ask: Ask
) -> None:
    ended = store.apply(silent.job_id, event(silent), now()).job
    answer = ask(deed, silent.job_id)
    assert answer.exit_code == 4
    assert words in answer.stderr
    assert store.get(silent.job_id) == ended


@BOTH
def test_a_job_that_nobody_knows_is_said_to_be_none(deed: str, ask: Ask) -> None:
    answer = ask(deed, "nobody")
    assert (answer.exit_code, answer.stderr) == (3, "There is no job 'nobody' in this stack.\n")


@BOTH
def test_a_dry_run_writes_nothing(deed: str, silent: Job, store: JobStore, ask: Ask, ask_json: AskJson) -> None:
    assert "Dry run, nothing was written." in ask(deed, silent.job_id, "--dry-run").stdout
    said = ask_json(deed, silent.job_id, "--dry-run")
    assert (said["written"], said["dry_run"]) == (False, True)
    assert store.get(silent.job_id) == silent


@BOTH
def test_at_a_terminal_a_person_is_asked_and_no_is_no(
    deed: str, silent: Job, store: JobStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []

    def no(question: str, **_: Any) -> bool:
        questions.append(question)
        return False

    monkeypatch.setattr(ops.options, "is_terminal", lambda: True)
    monkeypatch.setattr("typer.confirm", no)
    assert ask(deed, silent.job_id).exit_code == 4
    assert silent.job_id in questions[0]
    assert "sorami-test" in questions[0]
    assert store.get(silent.job_id) == silent
    assert ask(deed, silent.job_id, "--yes").exit_code == 0
    assert len(questions) == 1


@BOTH
def test_what_happens_between_the_look_and_the_write_wins(
    deed: str, silent: Job, store: JobStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The confirmation may take a minute: the backend reports in it."""

    def report(_question: str, **_: Any) -> bool:
        return store.apply(silent.job_id, progress(60), now()).applied

    monkeypatch.setattr(ops.options, "is_terminal", lambda: True)
    monkeypatch.setattr("typer.confirm", report)
    answer = ask(deed, silent.job_id)
    assert answer.exit_code == 4
    assert "It changed meanwhile and is GENERATING 60 % now" in answer.stderr
    job = store.get(silent.job_id)
    assert (job.state, job.due_at) == (State.GENERATING, silent.due_at)


def test_a_claim_by_reconcile_wins_over_a_retry(silent: Job, store: JobStore) -> None:
    """A claim raises no version: it is the time of the next look that tells."""
    at = now()
    assert store.claim(silent, at=at, next_look=at + timedelta(minutes=2))
    with pytest.raises(Refused, match="changed meanwhile"):
        mending.retry(store, silent, at)
    assert store.get(silent.job_id).due_at == at + timedelta(minutes=2)


def test_a_retry_whose_waiting_is_over_says_that_it_is_the_last_look(store: JobStore, ask: Ask) -> None:
    at = now() - timedelta(hours=2)
    job = store.create(pending_job(created_at=at, updated_at=at, due_at=now() + timedelta(minutes=10))).job
    assert "for the last time" in ask("retry", job.job_id, "--dry-run").stdout
