"""A feed that is written by hand, and the requests by which its user reads and marks it."""

from typing import Any

from query.app import handler
from sorami.feed import Feed, Notification, NotificationType, notification_key
from sorami.jobs import new_job_id
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import minutes

LIST = "GET /api/notifications"
MARK = "PUT /api/notifications"


def told(feed: Feed, user: str, number: int = 0) -> Notification:
    """A notification in the feed, `number` minutes after noon."""
    job_id = new_job_id()
    kind = NotificationType.IMAGE_COMPLETED
    notification = Notification(
        user_id=user,
        key=notification_key(finished_at=minutes(number), job_id=job_id, kind=kind),
        type=kind,
        title="🎨 Images générées avec succès",
        message="2 image(s) créée(s) à partir de votre prompt.",
        created_at=minutes(number),
        metadata={"generationId": job_id, "imagesCount": 2, "model": "sorami-1", "processingTime": 12.5},
    )
    assert feed.add(notification)
    return notification


def listed(user: str, **query: str) -> Answer:
    return invoke(handler, request(LIST, user=user, query=query))


def mark(user: str, notification_id: Any, *, read: Any = True) -> Answer:
    return invoke(handler, request(MARK, user=user, body={"notificationId": notification_id, "isRead": read}))
