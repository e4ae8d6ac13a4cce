"""The schedule's handler, on the template's own parameters."""

from collections.abc import Callable
from typing import Any

import responses

import reconcile.app
from reconcile.app import RESERVE_MS
from sorami.store import JobStore
from tests.support.gateway import FakeContext
from tests.support.samples import pending_job
from tests.support.stack import Stack


def test_a_run_looks_after_as_many_jobs_as_its_parameter_says(
    stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock
) -> None:
    """Nobody answers for the backend here, so the jobs wait on."""
    store = JobStore(stack.dynamodb, stack.jobs_table)
    for _ in range(3):
        store.create(pending_job())
    deploy("ReconcileFunction", ReconcileJobsPerRun="2")
    context: Any = FakeContext(milliseconds_left=RESERVE_MS + 60_000)
    assert reconcile.app.handler({}, context) == {"jobs": 2, "failures": 0, "is_cut": True}


def test_a_run_without_time_for_a_job_begins_none(
    stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock
) -> None:
    store = JobStore(stack.dynamodb, stack.jobs_table)
    job = store.create(pending_job()).job
    deploy("ReconcileFunction")
    context: Any = FakeContext(milliseconds_left=RESERVE_MS)
    assert reconcile.app.handler({}, context) == {"jobs": 0, "failures": 0, "is_cut": True}
    assert store.get(job.job_id) == job
