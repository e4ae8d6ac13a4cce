"""The client of the generation backend against real sockets (docs/reliability.md, rows 3, 4 and 6)."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.ports import LOOPBACK
from sorami import backend
from sorami.backend import MAX_ANSWER_BYTES, Backend, session
from sorami.errors import BackendRejected, BackendUnavailable
from tests.support.serving import serving

type Answer = Callable[[Any, threading.Event], None]

_MANY_BYTES = 64 * 1024 * 1024


@contextmanager
def _backend(answer: Answer) -> Iterator[Backend]:
    """A server that reads one request and then does as `answer(connection, over)` says; `over` is set when the test is."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            try:
                answer(self.request, over)
            except OSError:
                return  # the client has gone, as it should

    with serving(socketserver.ThreadingTCPServer((LOOPBACK, 0), Handler)) as url:
        try:
            yield Backend(url, lambda: "the-key", session())
        finally:
            over.set()


def _drip(first: bytes, *, drop: bytes = b"x") -> Answer:
    """Sends the first bytes, and then one every now and then, for as long as anybody listens."""

    def answer(connection: Any, over: threading.Event) -> None:
        connection.sendall(first)
        while not over.wait(0.1):
            connection.sendall(drop)

    return answer


_ENDLESS = {
    "headers": _drip(b"HTTP/1.1 200 OK\r\n", drop=b"X-More: 1\r\n"),
    "a refusal's body": _drip(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 1000000\r\n\r\n"),
    "continues": _drip(b"", drop=b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("what", _ENDLESS)
def test_row_4_a_backend_that_drips_is_given_up_as_a_whole(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "TOTAL_SECONDS", 0.5)
    with _backend(_ENDLESS[what]) as dripping, pytest.raises(BackendUnavailable, match="TimeoutError"):
        dripping.submit("a-job", {})


@pytest.mark.parametrize("status", [b"302 Found", b"400 Bad Request", b"500 Internal Server Error"])
def test_row_6_no_more_than_64_kib_of_an_answer_are_read(status: bytes) -> None:
    sent = 0

    def answer(connection: Any, over: threading.Event) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nLocation: /elsewhere\r\nContent-Length: %d\r\n\r\n" % _MANY_BYTES)
        while sent < _MANY_BYTES and not over.is_set():
            sent += connection.send(b"x" * 65_536)

    with _backend(answer) as generous, pytest.raises((BackendUnavailable, BackendRejected)):
        generous.submit("a-job", {})
    # What the client did not read lies in the buffers of the two sockets; those hold a few MiB at most.
    assert sent < _MANY_BYTES / 2
    assert sent >= MAX_ANSWER_BYTES


@pytest.mark.parametrize("location", [b"http://[", b"//[/", b"\xff\xfe", b"http://169.254.169.254/"])
def test_row_6_wherever_a_redirect_leads_the_job_waits(location: bytes) -> None:
    def answer(connection: Any, _over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")

    with _backend(answer) as redirecting, pytest.raises(BackendUnavailable, match="302"):
        redirecting.submit("a-job", {})


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1"], ids=["nothing", "nonsense", "half a line"])
def test_row_3_an_answer_that_breaks_off_leaves_the_job_waiting(answer: bytes) -> None:
    with _backend(lambda connection, _over: connection.sendall(answer)) as broken, pytest.raises(BackendUnavailable):
        broken.submit("a-job", {})
