"""What is left of a deleted job for a while: so much that its id cannot be had again, and nothing of its owner's.

It has none of the keys of the table's indexes and none of the attributes by which the stream's readers know a job.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sorami.items import Item, to_item
from sorami.jobs import ErrorCode, Job

LIFETIME = timedelta(days=30)
"""How long an `Idempotency-Key` whose job was deleted is known; then DynamoDB removes the tombstone."""

_DELETED_AT = "deleted_at"
_WAS_REFUSED = "was_refused"


def is_refused(job: Job) -> bool:
    """Whether the backend refused the job for good. A request that was refused does not use up its key."""
    return job.error_code == ErrorCode.BACKEND_REJECTED


def tombstone_of(job: Job, at: datetime) -> Item:
    """`expires_at` is the table's TTL attribute: seconds since 1970."""
    return to_item(
        {
            "job_id": job.job_id,
            _DELETED_AT: at,
            _WAS_REFUSED: is_refused(job) or None,
            "expires_at": int((at + LIFETIME).timestamp()),
        }
    )


def is_tombstone(item: Mapping[str, Any]) -> bool:
    """Of an item, or a stream record's image, in DynamoDB's form."""
    return _DELETED_AT in item


def was_refused(tombstone: Mapping[str, Any]) -> bool:
    return _WAS_REFUSED in tombstone
