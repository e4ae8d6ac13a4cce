"""Answers that never end, from a server that says one byte of a body and then holds its breath."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest
import requests
from urllib3.connection import HTTPConnection

from examples.backend import answers, inputs, uploads, webhook
from examples.backend.inputs import BadInput, fetch_input
from examples.backend.orders import Upload
from examples.backend.service import open_session
from examples.backend.uploads import put_file
from examples.backend.webhook import Reporter
from local.ports import LOOPBACK
from tests.support.serving import serving


@pytest.fixture
def holding() -> Iterator[str]:
    """`…/302` answers with that status, and so on."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(int(self.path.rpartition("/")[2]))
            for name, value in (("Content-Type", "image/png"), ("Content-Length", "1000"), ("Location", "/200")):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"x")
            over.wait(60)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, *_given: object) -> None:
            pass

    with serving(ThreadingHTTPServer((LOOPBACK, 0), Handler)) as url:
        yield url
        over.set()


def test_an_input_that_dribbles_is_left_when_its_time_is_over(holding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_LONGEST", 0.0)
    with pytest.raises(BadInput, match=r"more than 0\.0 seconds"):
        fetch_input(f"{holding}/200", [holding])


def test_the_body_of_a_redirect_is_not_read(holding: str) -> None:
    with pytest.raises(BadInput, match="HTTP 302"):
        fetch_input(f"{holding}/302", [holding])


@pytest.mark.parametrize("status", [200, 302])
def test_an_answer_to_a_report_that_does_not_end_is_worth_its_status(
    holding: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_SMALL_SECONDS", 0.0)
    monkeypatch.setattr(webhook, "_OUTCOME_TRIES", 1)
    heard = _report_to(f"{holding}/{status}")
    assert heard is not None
    assert heard.status_code == status


def test_a_file_is_stored_when_storage_says_so_however_its_answer_ends(holding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_SMALL_SECONDS", 0.0)
    monkeypatch.setattr(uploads, "_TRIES", 1)
    monkeypatch.setattr(uploads, "_TIMEOUT", (30, 30))
    upload = Upload("images/job-1/image_1.png", f"{holding}/200", {})
    assert put_file(open_session(), upload, b"png", pause=lambda _seconds: None, job_id="job-1").file_path == upload.key


SPOKEN = threading.Event()


@pytest.fixture
def dribbling(request: pytest.FixtureRequest) -> Iterator[str]:
    """Answers with the first of two texts, and then with the second again and again."""
    over, (first, again) = threading.Event(), request.param
    SPOKEN.clear()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.sendall(first)
                SPOKEN.set()
                while not over.wait(0.02):
                    self.request.sendall(again)

    with serving(ThreadingTCPServer((LOOPBACK, 0), Handler)) as url:
        yield url
        over.set()


class TimerOnceSpoken(threading.Timer):
    """Runs from when the test's caller was sent the first text: on a busy machine a turn could be over before that."""

    def run(self) -> None:
        SPOKEN.wait(60)
        super().run()


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """For answers alone: on a busy machine the turn of a request could be over before it was sent."""
    monkeypatch.setattr(answers, "_TURN_SECONDS", 0.2)
    monkeypatch.setattr(answers, "Timer", TimerOnceSpoken)
    monkeypatch.setattr(answers.TimedHTTP, "request", HTTPConnection.request)


A_HEADER, CONTINUE = (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.usefixtures("short_turns")
@pytest.mark.parametrize(
    ("dribbling", "status"), [(A_HEADER, 200), (CONTINUE, None)], indirect=["dribbling"], ids=["a header", "100 Continue"]
)
def test_an_answer_to_a_report_whose_headers_do_not_end_is_worth_its_status_if_it_has_one(
    dribbling: str, status: int | None
) -> None:
    heard = _report_to(dribbling)
    assert (heard.status_code if heard is not None else None) == status


@pytest.mark.usefixtures("short_turns")
@pytest.mark.parametrize(
    ("dribbling", "error"),
    [(A_HEADER, None), (CONTINUE, "ConnectionError")],
    indirect=["dribbling"],
    ids=["a header", "100 Continue"],
)
def test_an_answer_to_a_file_whose_headers_do_not_end_is_worth_its_status_if_it_has_one(
    dribbling: str, error: str | None
) -> None:
    assert uploads._try_put(open_session(), Upload("key", dribbling, {}), b"png") == (error, False)


@pytest.mark.usefixtures("short_turns")
@pytest.mark.parametrize("dribbling", [A_HEADER, CONTINUE], indirect=True, ids=["a header", "100 Continue"])
def test_an_input_whose_headers_do_not_end_is_left(dribbling: str) -> None:
    with pytest.raises(BadInput):
        fetch_input(dribbling, [dribbling])


def _report_to(url: str) -> requests.Response | None:
    reporter = Reporter(open_session(), url, lambda: "s3cret", "production", "job-1", pause=lambda _seconds: None)
    return reporter._post({"status": "completed"}, "msg_1", timeout=(30, 30))


IMAGE = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
A_CHUNK_S_SIZE = (IMAGE + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x")
TRAILERS = (IMAGE + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: 1\r\n")
A_NAME_IN_GZIP = (IMAGE + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\3", b"x")


@pytest.mark.parametrize(
    "dribbling", [A_CHUNK_S_SIZE, TRAILERS, A_NAME_IN_GZIP], indirect=True, ids=["a chunk's size", "trailers", "a name in gzip"]
)
def test_a_body_of_which_nothing_comes_is_left_when_its_time_is_over(dribbling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its bytes belongs to how it is packed, so none would ever be counted."""
    monkeypatch.setattr(answers, "_SMALL_SECONDS", 0.1)
    monkeypatch.setattr(inputs, "_LONGEST", 0.1)
    heard = _report_to(dribbling)
    assert heard is not None
    assert heard.status_code == 200
    assert uploads._try_put(open_session(), Upload("key", dribbling, {}), b"png") == (None, False)
    with pytest.raises(BadInput, match=r"more than 0\.1 seconds"):
        fetch_input(dribbling, [dribbling])


def test_storage_that_does_not_hear_a_file_out_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[socket.socket] = []

    class TimerOnceSentTo(threading.Timer):
        """Runs from the first byte that is sent."""

        def run(self) -> None:
            if not connections:
                connections.append(deaf.accept()[0])
                connections[0].recv(1)
            super().run()

    monkeypatch.setattr(answers, "_TURN_SECONDS", 0.2)
    monkeypatch.setattr(answers, "Timer", TimerOnceSentTo)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        upload = Upload("key", f"http://127.0.0.1:{deaf.getsockname()[1]}", {})
        assert uploads._try_put(open_session(), upload, bytes(20_000_000)) == ("ConnectionError", False)
        connections[0].close()
