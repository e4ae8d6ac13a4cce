"""What the console says that reconcile will do is what reconcile then does."""

from datetime import datetime, timedelta

import pytest

from ops.prospects import NextLook, patience_of, prospect_of
from reconcile.reconciliation import Reconciliation
from sorami.artifacts import Artifacts, ReferencePolicy
from sorami.jobs import Job, Progressed, State
from sorami.presigning import presigner
from sorami.store import JobStore
from tests.support.samples import BUCKET, minutes, pending_job
from tests.support.stack import Stack
from tests.support.template import defaults
from tests.unit.reconcile.conftest import ScriptedBackend

PATIENCE = patience_of(defaults())


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


def reconcile(store: JobStore, job: Job, at: datetime) -> tuple[Job, list[str]]:
    """The job after the look, and what its silent backend was asked."""
    backend = ScriptedBackend()
    story = Reconciliation(
        jobs=store,
        backend=backend,
        artifacts=Artifacts(presigner(), BUCKET),
        policy=ReferencePolicy(images_bucket=BUCKET),
        patience=PATIENCE,
        webhook_url="https://api.example.net/webhook",
        locale="fr",
        clock=lambda: at,
    )
    story.reconcile_job(job.job_id)
    return store.get(job.job_id), backend.asked


def heard_of(store: JobStore, job: Job, at: datetime) -> Job:
    return store.apply(job.job_id, Progressed(state=State.GENERATING, progress=60, message="…"), at).job


@pytest.mark.parametrize(("heard_at", "begin"), [(None, 0), (0.5, 0.6), (30, 32)])
def test_look_after_look_until_the_end_the_prospect_is_what_happens(
    store: JobStore, heard_at: float | None, begin: float
) -> None:
    """A job from its start, silent but for one report; each look made when the prospect says, and compared with it."""
    job = store.create(pending_job()).job
    if heard_at is not None:
        job = heard_of(store, job, minutes(heard_at))
    looks: list[NextLook] = []
    prospect = None
    at = minutes(begin)
    while not job.state.is_terminal:
        prospect = prospect_of(job, PATIENCE, at)
        assert prospect is not None
        looks.append(prospect.look)
        at = prospect.look_at
        if prospect.look is NextLook.ENDS:
            assert at >= prospect.ends_at
        job, asked = reconcile(store, job, at)
        assert bool(asked) is (prospect.look is not NextLook.PUTS_OFF)
        assert job.due_at == prospect.after
        assert job.state.is_terminal is (prospect.look is NextLook.ENDS)
    assert prospect is not None
    assert job.error_code == prospect.error_code
    assert looks[-1] is NextLook.ENDS
    assert NextLook.ASKS in looks
    assert (NextLook.PUTS_OFF in looks) is (heard_at == 0.5)


def test_a_job_that_is_due_is_looked_at_as_soon_as_may_be(store: JobStore) -> None:
    job = store.create(pending_job()).job
    prospect = prospect_of(job, PATIENCE, minutes(20))
    assert prospect is not None
    assert prospect.look_at == minutes(20)


def test_a_finished_job_has_no_prospect(store: JobStore) -> None:
    job = store.create(pending_job()).job
    ended, _ = reconcile(store, job, job.created_at + PATIENCE.longest + timedelta(seconds=1))
    assert ended.state is State.FAILED
    assert prospect_of(ended, PATIENCE, minutes(0)) is None
