"""Idempotency keys: what one looks like, and which job ids belong to it, so that writing the job is remembering the key."""

import hashlib
import re
from collections.abc import Iterator
from uuid import UUID

from sorami.errors import InvalidIdempotencyKey

HEADER = "idempotency-key"
REPLAYED = {"idempotent-replayed": "true"}
"""The header of an answer that was given before."""

MAX_REFUSALS = 16
"""A key may be tried again so often after refusals by the backend; each further try costs one conditional write more."""

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}")


def checked_key(text: str | None) -> str | None:
    """The header's value; None if it was not sent. Raises InvalidIdempotencyKey."""
    if text is not None and _VISIBLE_ASCII.fullmatch(text) is None:
        raise InvalidIdempotencyKey([])
    return text


def job_ids(user_id: str, key: str) -> Iterator[str]:
    """The ids that a job of this user and key may have, in the order in which they are tried: the next only if the backend
    refused the one before."""
    for attempt in range(MAX_REFUSALS):
        yield hashed_id("sorami:idempotency", user_id, key, str(attempt))


def hashed_id(*parts: str) -> str:
    """A UUID version 8 (RFC 9562, section 5.8): a hash, so that nobody finds the parts in it, and no others give the same.

    The first part says what the ids are for, so that those of one purpose never meet those of another.
    """
    encoded = [part.encode() for part in parts]
    message = b"".join(len(part).to_bytes(4) + part for part in encoded)  # lengths first: no two lists give the same bytes
    value = int.from_bytes(hashlib.sha256(message).digest()[:16])
    value = (value & ~(0xF << 76)) | (0x8 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(UUID(int=value))
