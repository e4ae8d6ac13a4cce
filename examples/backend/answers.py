"""What others answer, read no further and no longer than it is worth: they may lie, dribble, or never end."""

from __future__ import annotations

import time

import requests
from urllib3.exceptions import HTTPError

_CHUNK = 64 * 1024
_SMALL = 64 * 1024
_SMALL_SECONDS = 5.0


class Session(requests.Session):
    """Leaves redirects alone: requests reads the whole body of one, even if told not to follow it."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - requests' own signature
        return None


class TooMuch(Exception):
    """The answer is larger, or takes longer, than whoever reads it allows."""


def read_body(answer: requests.Response, most: int, seconds: float) -> bytes:
    """Of an answer asked for with `stream=True`. Raises TooMuch, and urllib3's HTTPError or OSError where it breaks off."""
    until = time.monotonic() + seconds
    content = bytearray()
    while chunk := answer.raw.read1(_CHUNK, decode_content=True):  # what has come, where `read` waits for a full chunk
        content += chunk
        if len(content) > most:
            raise TooMuch(f"more than {most} bytes")
        if time.monotonic() > until:
            raise TooMuch(f"more than {seconds} seconds")
    return bytes(content)


def read_small(answer: requests.Response) -> bytes:
    """The body where the status says most of it; empty if there is none that is small."""
    try:
        return read_body(answer, _SMALL, _SMALL_SECONDS)
    except (TooMuch, HTTPError, OSError):
        return b""
