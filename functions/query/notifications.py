"""Reading notifications and marking them read."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from sorami.cursors import Cursors
from sorami.errors import NotificationNotFound
from sorami.feed import Feed
from sorami.texts import text
from sorami.values import dataclass
from sorami.wire.answers import AllRead, Done, NotificationList
from sorami.wire.render import notification_answer

if TYPE_CHECKING:
    from sorami.wire.requests import FeedQuery, MarkRequest, ReadAllRequest

_SCOPE = "notifications"
_WRITERS = 8
MAX_MARKED = 500
"""Some two seconds of writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """What reading notifications needs from the outside."""

    feed: Feed
    cursors: Cursors
    locale: str
    clock: Callable[[], datetime]

    def list_notifications(self, query: "FeedQuery", user_id: str) -> NotificationList:
        """One page, newest first, and how many are unread in all. Raises InvalidCursor."""
        after = self.cursors.decode(_SCOPE, user_id, query.cursor)["after"] if query.cursor else None
        page = self.feed.page(user_id, limit=query.limit, after=after)
        return {
            "notifications": [notification_answer(notification) for notification in page.notifications],
            "unreadCount": self.feed.unread_count(user_id),
            "next_cursor": self.cursors.encode(_SCOPE, user_id, {"after": page.next_key} if page.next_key else None),
        }

    def mark_notification(self, request: "MarkRequest", user_id: str) -> Done:
        """Raises NotificationNotFound."""
        self.feed.mark(user_id, request.notification_id, read=request.is_read, at=self.clock())
        return {"success": True, "message": text("notification.read" if request.is_read else "notification.unread", self.locale)}

    def mark_all(self, request: "ReadAllRequest", user_id: str) -> AllRead:
        """Marks what was there up to the time that is given, each by a conditional write of its own: what comes meanwhile stays
        unread. At most `MAX_MARKED` at once; the count in the answer says whether some are left.
        """
        unread = self.feed.unread_until(user_id, request.before, limit=MAX_MARKED)
        at = self.clock()

        def mark(notification_id: str) -> None:
            with suppress(NotificationNotFound):  # it has expired meanwhile
                self.feed.mark(user_id, notification_id, read=True, at=at)

        with ThreadPoolExecutor(_WRITERS) as writers:
            list(writers.map(mark, unread))
        return {
            "success": True,
            "message": text("notification.all_read", self.locale, count=len(unread)),
            "marked": len(unread),
            "unreadCount": self.feed.unread_count(user_id),
        }
