"""What others answer, read no further and no longer than it is worth: they may lie, dribble, or never end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import Any, ClassVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

_CHUNK = 64 * 1024
_SMALL = 64 * 1024
_SMALL_SECONDS = 5.0
_TURN_SECONDS = 40.0  # longer than any silence that a caller allows


class TimedHTTP(HTTPConnection):
    """Hangs up on who takes longer than `_TURN_SECONDS` to hear a request out, or from there to the end of the answer's headers.

    The timeouts that requests knows are for silence: a byte now and then, or `100 Continue` again and again, would hold a worker
    for ever.
    """

    def request(self, *given: Any, **more: Any) -> None:
        with self._turn():
            super().request(*given, **more)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3's own
        line = self.sock  # forgotten with the headers where the answer is the connection's last
        with self._turn():
            answer = super().getresponse()
        answer.line = line  # type: ignore[attr-defined]  # kept for `read_body`
        return answer

    @contextmanager
    def _turn(self) -> Iterator[None]:
        timer = Timer(_TURN_SECONDS, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        _hang_up_on(self.sock)


class TimedHTTPS(HTTPSConnection, TimedHTTP):
    pass


class TimedAdapter(HTTPAdapter):
    connections: ClassVar[tuple[type[HTTPConnection], type[HTTPSConnection]]] = (TimedHTTP, TimedHTTPS)

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        super().init_poolmanager(*given, **more)
        plain, secure = self.connections
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


class Session(requests.Session):
    """Leaves redirects alone: requests reads the whole body of one, even if told not to follow it."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, TimedAdapter())

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - requests' own signature
        return None


class TooMuch(Exception):
    """The answer is larger, or takes longer, than whoever reads it allows."""


def read_body(answer: requests.Response, most: int, seconds: float) -> bytes:
    """Of an answer asked for with `stream=True`. Raises TooMuch, and urllib3's HTTPError or OSError where it breaks off.

    One read may last for ever: it takes what comes until a byte is of the body, and the sizes of chunks, trailers and the head
    of a gzip file are not. So the clock stands beside it.
    """
    over = Event()

    def end() -> None:
        over.set()
        _hang_up_on(getattr(answer.raw, "line", None))

    clock = Timer(seconds, end)
    clock.daemon = True
    clock.start()
    try:
        content = _read(answer, most, over)
    except (HTTPError, OSError):
        if not over.is_set():
            raise
        content = b""
    finally:
        clock.cancel()
    if over.is_set():
        raise TooMuch(f"more than {seconds} seconds")
    return content


def _read(answer: requests.Response, most: int, over: Event) -> bytes:
    content = bytearray()
    while not over.is_set() and (chunk := answer.raw.read1(_CHUNK, decode_content=True)):  # what has come; `read` waits for more
        content += chunk
        if len(content) > most:
            raise TooMuch(f"more than {most} bytes")
    return bytes(content)


def _hang_up_on(line: object) -> None:
    """Wakes whoever reads or writes. By the plain socket's own method: that of TLS belongs to one thread."""
    if isinstance(line, socket.socket):
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)


def read_small(answer: requests.Response) -> bytes:
    """The body where the status says most of it; empty if there is none that is small."""
    try:
        return read_body(answer, _SMALL, _SMALL_SECONDS)
    except (TooMuch, HTTPError, OSError):
        return b""
