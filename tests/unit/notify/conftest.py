"""The deployed function, its tables, and records of the stream."""

from collections.abc import Callable
from typing import Any

import pytest

from notify.app import telling
from sorami.feed import Feed
from sorami.jobs import Job, JobEvent
from sorami.store import JobStore
from tests.support.notifying import Change, RecordingPublisher, take_parked
from tests.support.samples import minutes
from tests.support.stack import Stack
from tests.support.stream import record


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def feed(stack: Stack) -> Feed:
    return Feed(stack.dynamodb, stack.notifications_table)


@pytest.fixture
def notify(stack: Stack, deploy: Callable[..., None]) -> None:
    """The deployed function as it is; nothing is parked."""
    take_parked(stack)
    deploy("NotifyFunction")


@pytest.fixture
def topic(notify: None) -> RecordingPublisher:
    """The deployed function, its topic exchanged."""
    publisher = RecordingPublisher()
    object.__setattr__(telling(), "topic", publisher)
    return publisher


@pytest.fixture
def change(store: JobStore, stack: Stack) -> Change:
    """`change(job, event)` applies the event and gives the stream record of it."""

    def apply(job: Job, event: JobEvent, minute: float = 5) -> dict[str, Any]:
        old = stack.item(job.job_id)
        assert store.apply(job.job_id, event, minutes(minute)).applied
        return record(stack.item(job.job_id), old)

    return apply
