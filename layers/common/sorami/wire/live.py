"""What we say over a live connection (docs/live.md). Without pydantic, which notify has no other need of."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sorami.feed import Notification
from sorami.jobs import Job
from sorami.wire.render import notification_answer, status_answer

type Message = Mapping[str, Any]

_MAX_SENT_BYTES: Final = 96 * 1024  # the gateway takes 128 KiB


PONG: Final[Message] = {"type": "pong"}


def job_updated(job: Job) -> Message:
    """A job as `GET …/status` shows it, and its `version`: the higher one counts, in whatever order they come."""
    return {"type": "job.updated", **_job(job)}


def notification_created(notification: Notification, unread_count: int) -> Message:
    return {
        "type": "notification.created",
        "notification": notification_answer(notification),
        "unreadCount": unread_count,
    }


def synchronized(jobs: Iterable[Job], unread_count: int, *, complete: bool) -> Message:
    """The answer to `sync`. `complete` is false if these are not all jobs, or not all of them fit into one message."""
    shown: list[dict[str, Any]] = []
    room = _MAX_SENT_BYTES
    for job in jobs:
        one = _job(job)
        room -= len(json.dumps(one, ensure_ascii=False).encode())
        if room < 0:
            complete = False
            break
        shown.append(one)
    return {"type": "sync", "jobs": shown, "complete": complete, "unreadCount": unread_count}


def refused(code: str, detail: str) -> Message:
    """`code` is stable: `invalid_message`, `message_too_large`, `unknown_connection`, `unavailable`."""
    return {"type": "error", "code": code, "message": detail}


def closing(reason: str) -> Message:
    """The last message before we hang up. `too_many_connections`: do not come back, poll instead."""
    return {"type": "closing", "reason": reason}


def _job(job: Job) -> dict[str, Any]:
    return {**status_answer(job), "version": job.version}
