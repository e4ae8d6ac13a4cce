"""A row of the former `notifications` as one of the feed, its time of reading kept."""

from collections.abc import Callable, Mapping
from typing import Any

from ops.importing.history import LONGEST_TEXT, job_id_of
from ops.importing.values import Unusable, cleaned, document, moment, text, truth
from sorami.feed import Notification, NotificationType, notification_key

_OF_THE_JOB = ("generationId", "generation_id", "imageGenerationId", "jobId", "job_id")


def notification_of(fields: Mapping[str, Any], *, sub: str, job_of: Callable[[str], str | None]) -> Notification:
    """Under a key made of what the row says, so that a second run meets its own. `job_of`: the job of an imported generation.

    Raises Unusable.
    """
    kind = text(fields["type"]).upper()
    if kind not in set(NotificationType):
        raise Unusable("unknown_type", f"type {kind[:40]!r} is none of {', '.join(NotificationType)}")
    created_at = moment(fields["created_at"], "created_at")
    if created_at is None:
        raise Unusable("no_time", "created_at is missing")
    title, message = (cleaned(text(fields[name]), LONGEST_TEXT) for name in ("title", "message"))
    if not title or not message:
        raise Unusable("no_text", "title or message is missing")
    said = document(fields["metadata"])
    old_job = next((text(said[name]) for name in _OF_THE_JOB if said.get(name)), "")
    if not old_job:
        raise Unusable("no_generation", "metadata names no generation, and each notification here is of one")
    job_id = job_of(old_job) or job_id_of(old_job)
    read_at = moment(fields["read_at"], "read_at")
    return Notification(
        user_id=sub,
        key=notification_key(finished_at=created_at, job_id=job_id, kind=NotificationType(kind)),
        type=NotificationType(kind),
        title=title,
        message=message,
        created_at=created_at,
        read_at=read_at or (created_at if truth(fields["is_read"]) else None),
        metadata={name: value for name, value in said.items() if name not in _OF_THE_JOB} | {"generationId": job_id},
    )
