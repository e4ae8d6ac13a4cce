"""URLs that others name: looked at before a job is taken, so that one which cannot be called is a 400 and no job that fails."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

LONGEST = 8192
"""Presigned URLs with a session's token are some 2,000 characters long."""

_CHARACTERS = re.compile(r"[!#-;=?-\[\]_a-z~]*")  # of RFC 3986; `%` among them, which stands for all others
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_IN_BRACKETS = re.compile(r"\[[^\]]*\](:[0-9]*)?")
_LONGEST_NAME = 253
_NO_HOST = "must have a host that can be one, and a port from 1 to 65535 if it has any"


def fault_of_url(url: str) -> str | None:
    """What keeps it from being called, in words that follow its name; None if nothing does."""
    if len(url) > LONGEST:
        return f"must be at most {LONGEST} characters long"
    if not _CHARACTERS.fullmatch(url):
        return "must be written in the characters of a URL alone: no spaces, and all beyond ASCII percent-encoded or in punycode"
    try:
        return _fault_of_parts(urlsplit(url))
    except ValueError:  # half an IPv6 address, a port beyond 65535
        return _NO_HOST


def _fault_of_parts(parts: SplitResult) -> str | None:
    if parts.scheme not in {"http", "https"}:
        return "must begin with http:// or https://"
    if "@" in parts.netloc:
        return "must have no user and no password in it"
    return None if parts.port != 0 and _is_host(parts) else _NO_HOST


def _is_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if "[" in parts.netloc:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return bool(_IN_BRACKETS.fullmatch(parts.netloc))
    labels = host.removesuffix(".").split(".")
    return len(host) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)
