"""The stream of the jobs table, from Lambda's batch to the feed and the topic."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from notify.app import handler, telling
from notify.telling import notification_of
from sorami.feed import Feed
from sorami.jobs import Completed, ErrorCode, Failed, Job, JobEvent, Progressed, State
from sorami.store import JobStore
from tests.support.gateway import FakeContext
from tests.support.samples import completed, failed, minutes, pending_job
from tests.support.stack import Stack
from tests.support.stream import record, sequence_number

TIMED_OUT = Failed(error="La génération a pris trop de temps.", error_code=ErrorCode.TIMEOUT, deadline_passed=True)


class RecordingPublisher:
    """The topic's stand-in: what was published, and on wish nothing but failures."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []
        self.is_down = False

    def publish(self, **message: Any) -> None:
        if self.is_down:
            raise ConnectionError("SNS")
        self.published.append(message)


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def feed(stack: Stack) -> Feed:
    return Feed(stack.dynamodb, stack.notifications_table)


@pytest.fixture
def topic(deploy: Callable[..., None]) -> RecordingPublisher:
    """The deployed function, its topic exchanged."""
    deploy("NotifyFunction")
    publisher = RecordingPublisher()
    object.__setattr__(telling(), "topic", publisher)
    return publisher


def deliver(*records: dict[str, Any]) -> list[str]:
    """Delivers one batch; returns the sequence numbers that are to be delivered again."""
    answer = handler({"Records": list(records)}, FakeContext())
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


@pytest.fixture
def change(store: JobStore, stack: Stack) -> Callable[..., dict[str, Any]]:
    """`change(job, event)` applies the event and gives the stream record of it."""

    def apply(job: Job, event: JobEvent, minute: float = 5) -> dict[str, Any]:
        old = stack.item(job.job_id)
        assert store.apply(job.job_id, event, minutes(minute)).applied
        return record(stack.item(job.job_id), old)

    return apply


type Change = Callable[..., dict[str, Any]]


def test_a_completed_job_is_told_once_in_the_feed_and_once_on_the_topic(
    store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher
) -> None:
    job = store.create(pending_job())
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
    job = store.create(pending_job())
    assert deliver(change(job, failed())) == []
    [told] = feed.page(job.user_id, limit=10).notifications
    assert (told.type, told.title, told.message) == ("IMAGE_FAILED", "❌ Échec de la génération d'images", "Refusé")
    assert told.metadata == {"generationId": job.job_id, "error": "Refusé", "errorCode": "content_moderated"}
    assert [message["kind"] for message in topic.published] == ["IMAGE_FAILED"]


def test_a_redelivery_meets_its_own_row_and_is_published_again_with_the_same_id(
    store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher
) -> None:
    """Row 22: a crash may have come between the row and the topic."""
    job = store.create(pending_job())
    outcome = change(job, completed(job.job_id))
    deliver(outcome)
    deliver(outcome)
    deliver(outcome, outcome)
    assert len(feed.page(job.user_id, limit=10).notifications) == 1
    assert len(topic.published) == 4
    assert len({message["notification"]["id"] for message in topic.published}) == 1


def test_sns_down_delivers_the_record_again_and_the_feed_item_stays_one(
    store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher
) -> None:
    """Row 22."""
    job = store.create(pending_job())
    outcome = change(job, completed(job.job_id))
    topic.is_down = True
    assert deliver(outcome) == [sequence_number(outcome)]
    topic.is_down = False
    assert deliver(outcome) == []
    assert len(feed.page(job.user_id, limit=10).notifications) == 1
    assert len(topic.published) == 1


@pytest.mark.parametrize("make", [lambda job: completed(job.job_id), lambda _: failed()], ids=["completed", "failed"])
def test_an_edit_of_a_finished_job_is_no_news(
    make: Callable[[Job], Completed | Failed], store: JobStore, feed: Feed, stack: Stack, topic: RecordingPublisher
) -> None:
    job = store.create(pending_job())
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
    job = store.create(pending_job())
    item = stack.item(job.job_id) or {}
    ended = {"finished_at": {"S": "2026-01-02T12:05:00.678Z"}} if status == "CANCELLED" else {}
    assert deliver(record({**item, "status": {"S": status}, **ended}, item)) == []
    assert topic.published == []


def test_a_progress_event_tells_nobody(store: JobStore, change: Change, topic: RecordingPublisher) -> None:
    job = store.create(pending_job())
    assert deliver(change(job, Progressed(state=State.SAVING, progress=90, message="…"))) == []
    assert topic.published == []


def test_a_late_result_after_our_timeout_is_a_second_notification(
    store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher
) -> None:
    """Row 26."""
    job = store.create(pending_job())
    deliver(change(job, TIMED_OUT, minute=15))
    deliver(change(job, completed(job.job_id), minute=16))
    kinds = [told.type for told in feed.page(job.user_id, limit=10).notifications]
    assert kinds == ["IMAGE_COMPLETED", "IMAGE_FAILED"]


def test_a_job_that_arrives_finished_is_told(store: JobStore, stack: Stack, topic: RecordingPublisher) -> None:
    """An INSERT has no old image."""
    job = store.create(pending_job())
    store.apply(job.job_id, failed(), minutes(5))
    assert deliver(record(stack.item(job.job_id))) == []
    assert len(topic.published) == 1


POISON: dict[str, dict[str, Any]] = {
    "no image": record(None, {"job_id": {"S": "x"}}),
    "empty image": record({"job_id": {"S": "x"}}),
    "unknown state": record({"job_id": {"S": "x"}, "status": {"S": "EXPLODED"}}),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_poison_record_is_reported_alone_and_its_neighbours_are_delivered(
    poison: dict[str, Any], store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher
) -> None:
    """Row 18."""
    jobs = [store.create(pending_job()) for _ in range(2)]
    before, after = (change(job, completed(job.job_id)) for job in jobs)
    assert deliver(before, poison, after) == [sequence_number(poison)]
    assert [len(feed.page(job.user_id, limit=10).notifications) for job in jobs] == [1, 1]


def test_a_batch_of_nothing_but_poison_is_reported_and_does_not_raise(topic: RecordingPublisher) -> None:
    """Row 18: a raised batch would be bisected and delivered again as a whole."""
    assert deliver(*POISON.values()) == [sequence_number(poison) for poison in POISON.values()]


def test_subscribers_get_the_notification_as_the_feed_shows_it(
    stack: Stack, store: JobStore, feed: Feed, change: Change, deploy: Callable[..., None]
) -> None:
    deploy("NotifyFunction")
    queue = stack.subscribe()
    job = store.create(pending_job())
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
    job = store.create(pending_job())
    outcome = completed(job.job_id, count=3) if event == "completed" else failed()
    told = notification_of(store.apply(job.job_id, outcome, minutes(5)).job, locale)
    assert (told.title, told.message) == (title, message)


def test_a_result_without_metadata_is_told(store: JobStore, feed: Feed, change: Change, topic: RecordingPublisher) -> None:
    job = store.create(pending_job())
    assert deliver(change(job, completed(job.job_id, metadata=None))) == []
    assert topic.published[0]["notification"]["metadata"]["imagesCount"] == 2


def test_an_open_job_has_nothing_to_tell() -> None:
    with pytest.raises(ValueError, match="is not finished"):
        notification_of(pending_job(), "fr")
