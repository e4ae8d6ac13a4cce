"""The story of a silent job, with a backend that says what the test says and a clock that it sets."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconcile.patience import Patience
from reconcile.reconciliation import Reconciliation
from sorami.artifacts import Artifacts, ReferencePolicy
from sorami.errors import BackendUnavailable
from sorami.jobs import Job, Progressed, State
from sorami.presigning import presigner
from sorami.store import JobStore
from tests.support.samples import BUCKET, minutes, pending_job
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
