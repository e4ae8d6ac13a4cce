"""What was imported is history: no notification, no push and no copy comes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from discard import app as discard
from ingest import app as ingest
from notify.app import handler as notify
from notify.app import telling
from sorami.store import JobStore
from tests.support.gateway import invoke, request
from tests.support.notifying import RecordingPublisher
from tests.support.samples import completed, minutes, pending_job
from tests.support.stack import Stack
from tests.support.stream import record
from tests.support.streams import Mapped, StreamDriver
from tests.unit.ops.importing.conftest import Bring


@pytest.fixture
def topic(deploy: Callable[..., None]) -> RecordingPublisher:
    deploy("NotifyFunction")
    publisher = RecordingPublisher()
    object.__setattr__(telling(), "topic", publisher)
    return publisher


def stream(*records: dict[str, Any]) -> StreamDriver:
    """Through the template's filter into the real handler."""
    driver = StreamDriver(notify, Mapped.of("NotifyFunction", "ChangedJobs"))
    driver.run({"shard": records})
    return driver


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_history_is_told_to_nobody(
    bring: Bring, stack: Stack, topic: RecordingPublisher, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    pushed: list[Any] = []
    monkeypatch.setattr("notify.app._push", lambda news, _context: pushed.extend(news))
    row = bring(status=status)
    before = stack.items(stack.notifications_table)
    driver = stream(record(stack.item(row["id"])))
    assert driver.calls  # the filter lets it through: it cannot look for what is not there
    assert not driver.discarded
    assert (topic.published, pushed) == ([], [])
    assert stack.items(stack.notifications_table) == before


def test_a_job_of_the_services_own_with_the_same_record_is_told(stack: Stack, store: JobStore, topic: RecordingPublisher) -> None:
    job = store.create(pending_job()).job
    old = stack.item(job.job_id)
    store.apply(job.job_id, completed(job.job_id), minutes(5))
    stream(record(stack.item(job.job_id), old))
    assert len(topic.published) == 1


def test_later_changes_of_an_imported_job_are_no_outcome_either(
    bring: Bring, stack: Stack, topic: RecordingPublisher, user: str, deploy: Callable[..., None]
) -> None:
    row = bring()
    old = stack.item(row["id"])
    assert old is not None
    edited = {**old, "version": {"N": "2"}}
    assert not stream(record(edited, old)).discarded
    deploy("DiscardFunction")
    answer = invoke(discard.handler, request("DELETE /api/images/{id}", user=user, path={"id": row["id"]}))
    assert answer.status == 204
    deploy("NotifyFunction")
    assert not stream(record(stack.item(row["id"]), old)).calls  # a tombstone is filtered out
    assert topic.published == []


def test_ingest_never_hears_of_imported_files(bring: Bring, stack: Stack) -> None:
    row = bring()
    driver = StreamDriver(ingest.handler, Mapped.of("IngestFunction", "FilesOnTheBackend"))
    driver.run({"shard": [record(stack.item(row["id"]))]})
    assert driver.calls == []
