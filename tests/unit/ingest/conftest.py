"""The deployed function, and jobs whose results lie on the backend's own host."""

from collections.abc import Callable

import pytest

from sorami.jobs import Image
from sorami.store import JobStore
from tests.support.backend_files import Complete, Result, backend_image, completed_on_backend
from tests.support.samples import minutes, pending_job
from tests.support.stack import Stack
from tests.support.stream import record


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def complete(store: JobStore, stack: Stack, deploy: Callable[..., None]) -> Complete:
    """`complete(lambda job_id: [image, …])`: without an argument one image on the backend's host."""
    deploy("IngestFunction")

    def make(images: Callable[[str], list[Image]] = lambda job_id: [backend_image(job_id)]) -> Result:
        job = store.create(pending_job()).job
        old = stack.item(job.job_id)
        outcome = store.apply(job.job_id, completed_on_backend(job, *images(job.job_id)), minutes(5))
        assert outcome.applied
        return Result(job=outcome.job, record=record(stack.item(job.job_id), old))

    return make
