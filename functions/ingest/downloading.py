"""One image from the backend's own host: from nowhere else, no larger than allowed, and an image indeed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import IO
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from ingest.outcomes import CopyPostponed, CopyRefused
from sorami.artifacts import CONTENT_TYPES, is_on_origin

CONNECT_SECONDS = 2
READ_SECONDS = 5
MAX_BYTES = 25 * 1024 * 1024

_CHUNK = 64 * 1024
_HEAD = 12  # the longest signature below
# 404 is among them: a backend may report before its file is served.
_MAY_PASS = frozenset({404, 408, 425, 429, *range(500, 600)})


class Download:
    """Fetches from the host of `backend_url`. Its API key is not sent: what browsers are given until then is this same URL."""

    def __init__(self, http: requests.Session, backend_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._backend_url = backend_url
        self._clock = clock

    def fetch(self, url: str, image_format: str, into: IO[bytes], *, until: float) -> int:
        """Writes the file to `into` and returns its size in bytes; `until` is a time of the clock.

        Raises CopyRefused and CopyPostponed.
        """
        with self._answer(url) as answer:
            _check_headers(answer)
            size = self._write(answer, into, until)
        into.seek(0)
        if _format_of(into.read(_HEAD)) != image_format:
            raise CopyRefused(f"the file is no {image_format}")
        into.seek(0)
        return size

    @contextmanager
    def _answer(self, url: str) -> Iterator[requests.Response]:
        try:
            with self._http.get(
                self._pinned(url),
                headers={"Accept": ", ".join(CONTENT_TYPES.values()), "Accept-Encoding": "identity"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as answer:
                yield answer
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise CopyRefused(type(error).__name__) from error
        except (requests.RequestException, HTTPError, OSError) as error:
            raise CopyPostponed(type(error).__name__) from error

    def _pinned(self, url: str) -> str:
        """The URL's path and query on the host as the settings spell it: no other reading of the URL can lead elsewhere."""
        if not is_on_origin(url, self._backend_url):
            raise CopyRefused("the URL is not on the backend's host")
        base = urlsplit(self._backend_url)
        return urlsplit(url)._replace(scheme=base.scheme, netloc=base.netloc, fragment="").geturl()

    def _write(self, answer: requests.Response, into: IO[bytes], until: float) -> int:
        size = 0
        # read1 returns what has arrived, where read would wait for a whole chunk of a host that sends a byte now and then.
        while chunk := answer.raw.read1(_CHUNK, decode_content=False):
            size += len(chunk)
            if size > MAX_BYTES:
                raise CopyRefused(f"the file is larger than {MAX_BYTES} bytes")
            if self._clock() >= until:
                raise CopyPostponed("the time is up")
            into.write(chunk)
        return size


def _check_headers(answer: requests.Response) -> None:
    if answer.status_code in _MAY_PASS:
        raise CopyPostponed(f"HTTP {answer.status_code}")
    if answer.status_code != HTTPStatus.OK:
        raise CopyRefused(f"HTTP {answer.status_code}")
    content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type not in CONTENT_TYPES.values():
        raise CopyRefused(f"the content type is {content_type[:100]!r}")
    if _declared(answer) > MAX_BYTES:
        raise CopyRefused(f"the file is larger than {MAX_BYTES} bytes")


def _declared(answer: requests.Response) -> int:
    """The size that the headers give, or 0. Python reads no number of thousands of digits; one of 18 is too large anyway."""
    text = answer.headers.get("Content-Length", "")
    return int(text[:18]) if text.isascii() and text.isdigit() else 0


def _format_of(head: bytes) -> str | None:
    """The format by its signature (PNG, section 5.2; JPEG's SOI and the next marker; RIFF container of WebP)."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    return None
