"""The lock of the webhook: a shared secret, compared in constant time, in its current and its previous version."""

import hmac
from collections.abc import Mapping

from sorami.errors import Unauthorized
from sorami.secrets import SecretReader

_NAMES = ("webhook_secret", "webhook_secret_previous")


def check_secret(given: str | None, reader: SecretReader) -> None:
    """Raises Unauthorized. One that does not fit is tried again with a fresh copy, so that a rotated secret works at once."""
    if not given:
        raise Unauthorized("no secret")
    if not _fits(given, reader.values()) and not _fits(given, reader.refresh()):
        raise Unauthorized("wrong secret")


def _fits(given: str, values: Mapping[str, str]) -> bool:
    # Bytes, since compare_digest refuses text beyond ASCII; every candidate is compared, so that the time tells nothing.
    offered = given.encode(errors="surrogatepass")
    matches = [hmac.compare_digest(offered, values[name].encode()) for name in _NAMES if values.get(name)]
    return any(matches)
