"""The story of a changed job: if it has ended, a notification in its owner's feed, then the same on the topic."""

from collections.abc import Mapping
from typing import Any, Protocol

from notify.news import News
from notify.reading import Change, read_change
from sorami.feed import Feed, Notification, NotificationType, notification_key
from sorami.jobs import Job, State
from sorami.observability import count, logger, measure
from sorami.texts import text
from sorami.times import now
from sorami.values import dataclass
from sorami.wire.render import notification_answer


class Publisher(Protocol):
    def publish(self, *, user_id: str, kind: str, notification: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What telling needs from the outside."""

    feed: Feed
    topic: Publisher
    locale: str

    def tell(self, record: Mapping[str, Any]) -> News | None:
        """Handles the `dynamodb` part of one stream record; returns what live connections are to hear of it.

        Whatever goes wrong escapes.
        """
        change = read_change(record)
        if change.is_history:
            return None
        if _is_outcome(change):
            return News(job=change.job, notification=self._tell_outcome(change.job))
        return News(job=change.job, notification=None) if change.is_event else None

    def _tell_outcome(self, job: Job) -> Notification:
        """The row is put if absent. The topic hears of it in any case: a crash may have come between the two."""
        notification = notification_of(job, self.locale)
        if self.feed.add(notification):
            count("NotificationsCreated")
            measure("TimeToNotification", max(0.0, (now() - notification.created_at).total_seconds()))  # clocks differ
        else:
            logger.info("told before", extra={"notification_id": notification.id})
        self.topic.publish(user_id=job.user_id, kind=notification.type, notification=notification_answer(notification))
        logger.info("told", extra={"notification_id": notification.id, "type": notification.type})
        return notification


def _is_outcome(change: Change) -> bool:
    """An outcome that has just been reached; a later edit of a finished job is none. Cancelling tells nobody."""
    return change.job.state in {State.COMPLETED, State.FAILED} and change.state_before is not change.job.state


def notification_of(job: Job, locale: str) -> Notification:
    """What the owner of a finished job is told. Raises ValueError if it says no time at which it finished."""
    if job.finished_at is None:
        raise ValueError(f"{job.job_id} is not finished")
    kind = NotificationType.IMAGE_COMPLETED if job.state is State.COMPLETED else NotificationType.IMAGE_FAILED
    title, message, metadata = _completed(job, locale) if job.state is State.COMPLETED else _failed(job, locale)
    return Notification(
        user_id=job.user_id,
        key=notification_key(finished_at=job.finished_at, job_id=job.job_id, kind=kind),
        type=kind,
        title=title,
        message=message,
        created_at=job.finished_at,
        metadata={"generationId": job.job_id} | {name: value for name, value in metadata.items() if value is not None},
    )


def _completed(job: Job, locale: str) -> tuple[str, str, dict[str, Any]]:
    said = job.metadata
    metadata = {
        "imagesCount": len(job.images),
        "model": said.model_name if said else None,
        "processingTime": said.generation_time_seconds if said else None,
    }
    message = text("notification.completed.message", locale, count=len(job.images))
    return text("notification.completed.title", locale), message, metadata


def _failed(job: Job, locale: str) -> tuple[str, str, dict[str, Any]]:
    error = job.error or text("failed.internal", locale)
    return text("notification.failed.title", locale), error, {"error": error, "errorCode": job.error_code}
