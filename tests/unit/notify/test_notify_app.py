"""The stream of the jobs table, from Lambda's batch to the feed and the topic."""

import json
from collections.abc import Callable

import pytest

from notify.telling import notification_of
from sorami.feed import Feed
from sorami.jobs import Completed, ErrorCode, Failed, Job, Progressed, State
from sorami.observability import logger
from sorami.store import JobStore
from tests.support.notifying import Change, RecordingPublisher, deliver
from tests.support.samples import completed, failed, minutes, pending_job
from tests.support.stack import Stack
from tests.support.stream import record

TIMED_OUT = Failed(error="La génération a pris trop de temps.", error_code=ErrorCode.TIMEOUT, deadline_passed=True)


def test_a_completed_job_is_told_once_in_the_feed_and_once_on_the_topic(
    store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher
) -> None:
    job = store.create(pending_job()).job
    assert deliver(change(job, completed(job.job_id))) == []
    [told] = feed.page(job.user_id, limit=10).notifications
    assert told.key == f"2026-01-02T12:05:00.678Z#{job.job_id}#IMAGE_COMPLETED"
    expected = {
        "id": told.id,
        "type": "IMAGE_COMPLETED",
        "title": "🎨 Images générées avec succès",
        "message": "2 image(s) créée(s) à partir de votre prompt.",
        "isRead": False,
        "readAt": None,
        "createdAt": "2026-01-02T12:05:00.678Z",
        "metadata": {"generationId": job.job_id, "imagesCount": 2, "model": "sorami-1", "processingTime": 12.5},
    }
    assert topic.published == [{"user_id": job.user_id, "kind": "IMAGE_COMPLETED", "notification": expected}]
    assert feed.unread_count(job.user_id) == 1


def test_a_failed_job_is_told_with_its_reason(store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher) -> None:
    job = store.create(pending_job()).job
    assert deliver(change(job, failed())) == []
    [told] = feed.page(job.user_id, limit=10).notifications
    assert (told.type, told.title, told.message) == ("IMAGE_FAILED", "❌ Échec de la génération d'images", "Refusé")
    assert told.metadata == {"generationId": job.job_id, "error": "Refusé", "errorCode": "content_moderated"}
    assert [message["kind"] for message in topic.published] == ["IMAGE_FAILED"]


def test_under_debug_a_batch_is_a_line_of_no_job(
    store: JobStore, change: Change, topic: RecordingPublisher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger.name)
    caplog.handler.setFormatter(logger.registered_formatter)
    job = store.create(pending_job()).job
    deliver(change(job, completed(job.job_id)))
    said = [json.loads(line) for line in caplog.text.splitlines()]
    assert [line["message"] for line in said] == ["told", "delivered"]
    assert (said[1]["records"], said[1]["news"], "job_id" in said[1]) == (1, 1, False)


@pytest.mark.parametrize("make", [lambda job: completed(job.job_id), lambda _: failed()], ids=["completed", "failed"])
def test_an_edit_of_a_finished_job_is_no_news(
    make: Callable[[Job], Completed | Failed], store: JobStore, feed: Feed, stack: Stack, topic: RecordingPublisher
) -> None:
    job = store.create(pending_job()).job
    store.apply(job.job_id, make(job), minutes(5))
    item = stack.item(job.job_id) or {}
    assert deliver(record({**item, "note": {"S": "edited"}}, item)) == []
    assert feed.page(job.user_id, limit=10).notifications == ()
    assert topic.published == []


@pytest.mark.parametrize("status", ["CANCELLED", "PENDING", "GENERATING"])
def test_a_job_that_was_cancelled_or_is_open_tells_nobody(
    status: str, store: JobStore, stack: Stack, topic: RecordingPublisher
) -> None:
    """Whatever the mapping's filter lets through."""
    job = store.create(pending_job()).job
    item = stack.item(job.job_id) or {}
    ended = {"finished_at": {"S": "2026-01-02T12:05:00.678Z"}} if status == "CANCELLED" else {}
    assert deliver(record({**item, "status": {"S": status}, **ended}, item)) == []
    assert topic.published == []


def test_a_progress_event_tells_nobody(store: JobStore, change: Change, topic: RecordingPublisher) -> None:
    job = store.create(pending_job()).job
    assert deliver(change(job, Progressed(state=State.SAVING, progress=90, message="…"))) == []
    assert topic.published == []


def test_a_late_result_after_our_timeout_is_a_second_notification(
    store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher
) -> None:
    """Row 26."""
    job = store.create(pending_job()).job
    deliver(change(job, TIMED_OUT, minute=15))
    deliver(change(job, completed(job.job_id), minute=16))
    kinds = [told.type for told in feed.page(job.user_id, limit=10).notifications]
    assert kinds == ["IMAGE_COMPLETED", "IMAGE_FAILED"]


def test_a_job_that_arrives_finished_is_told(store: JobStore, stack: Stack, topic: RecordingPublisher) -> None:
    """An INSERT has no old image."""
    job = store.create(pending_job()).job
    store.apply(job.job_id, failed(), minutes(5))
    assert deliver(record(stack.item(job.job_id))) == []
    assert len(topic.published) == 1


def test_subscribers_get_the_notification_as_the_feed_shows_it(
    stack: Stack, store: JobStore, feed: Feed, change: Change, deploy: Callable[..., None]
) -> None:
    deploy("NotifyFunction")
    queue = stack.subscribe()
    job = store.create(pending_job()).job
    deliver(change(job, completed(job.job_id)))
    [envelope] = stack.published(queue)
    message = json.loads(envelope["Message"])
    [told] = feed.page(job.user_id, limit=10).notifications
    assert (message["type"], message["user_id"]) == ("notification.created", job.user_id)
    assert message["notification"]["id"] == told.id
    assert envelope["MessageAttributes"] == {"type": {"Type": "String", "Value": "IMAGE_COMPLETED"}}


@pytest.mark.parametrize(
    ("locale", "event", "title", "message"),
    [
        ("fr", "completed", "🎨 Images générées avec succès", "3 image(s) créée(s) à partir de votre prompt."),
        ("en", "completed", "🎨 Images generated successfully", "3 image(s) created from your prompt."),
        ("fr", "failed", "❌ Échec de la génération d'images", "Refusé"),
        ("en", "failed", "❌ Image generation failed", "Refusé"),
    ],
)
def test_notifications_speak_the_users_language(locale: str, event: str, title: str, message: str, store: JobStore) -> None:
    job = store.create(pending_job()).job
    outcome = completed(job.job_id, count=3) if event == "completed" else failed()
    told = notification_of(store.apply(job.job_id, outcome, minutes(5)).job, locale)
    assert (told.title, told.message) == (title, message)


def test_a_result_without_metadata_is_told(store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher) -> None:
    job = store.create(pending_job()).job
    assert deliver(change(job, completed(job.job_id, metadata=None))) == []
    assert topic.published[0]["notification"]["metadata"]["imagesCount"] == 2


def test_an_open_job_has_nothing_to_tell() -> None:
    with pytest.raises(ValueError, match="is not finished"):
        notification_of(pending_job(), "fr")
