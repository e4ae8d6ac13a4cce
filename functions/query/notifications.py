"""Reading notifications and marking them read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sorami.cursors import Cursors
from sorami.feed import Feed
from sorami.texts import text
from sorami.wire.answers import Done, NotificationList
from sorami.wire.render import notification_answer
from sorami.wire.requests import FeedQuery, MarkRequest

_SCOPE = "notifications"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """What reading notifications needs from the outside."""

    feed: Feed
    cursors: Cursors
    locale: str
    clock: Callable[[], datetime]

    def list_notifications(self, query: FeedQuery, user_id: str) -> NotificationList:
        """One page, newest first, and how many are unread in all. Raises InvalidCursor."""
        after = self.cursors.decode(_SCOPE, user_id, query.cursor)["after"] if query.cursor else None
        page = self.feed.page(user_id, limit=query.limit, after=after)
        return {
            "notifications": [notification_answer(notification) for notification in page.notifications],
            "unreadCount": self.feed.unread_count(user_id),
            "next_cursor": self.cursors.encode(_SCOPE, user_id, {"after": page.next_key} if page.next_key else None),
        }

    def mark_notification(self, request: MarkRequest, user_id: str) -> Done:
        """Raises NotificationNotFound."""
        self.feed.mark(user_id, request.notification_id, read=request.is_read, at=self.clock())
        return {"success": True, "message": text("notification.read" if request.is_read else "notification.unread", self.locale)}
