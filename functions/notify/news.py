"""What a stream record has to say to live connections."""

from sorami.feed import Notification
from sorami.jobs import Job
from sorami.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A job as an event left it, and the notification of its outcome if it has reached one."""

    job: Job
    notification: Notification | None
