"""Cursors of lists: opaque to clients, bound to one user and one list, and tamper-evident."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from sorami.errors import InvalidCursor

_MAC_BYTES = 16


class Cursors:
    """Makes and reads cursors. The signing key is asked for only when there is a cursor to make or read."""

    def __init__(self, key: Callable[[], str]) -> None:
        self._key = key

    def encode(self, scope: str, user_id: str, position: Mapping[str, Any] | None) -> str | None:
        """A cursor for the position, which is not a secret; None stays None."""
        if position is None:
            return None
        payload = json.dumps(position, separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(self._mac(scope, user_id, payload) + payload).decode().rstrip("=")

    def decode(self, scope: str, user_id: str, cursor: str) -> dict[str, Any]:
        """The position. Raises InvalidCursor for one that was changed, or made for another list or user."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidCursor([]) from error
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(scope, user_id, payload)):
            raise InvalidCursor([])
        position: dict[str, Any] = json.loads(payload)
        return position

    def _mac(self, scope: str, user_id: str, payload: bytes) -> bytes:
        # Lengths first, so that no two triples give the same bytes.
        message = b"".join(len(part).to_bytes(4) + part for part in (scope.encode(), user_id.encode(), payload))
        return hmac.digest(self._key().encode(), message, hashlib.sha256)[:_MAC_BYTES]
