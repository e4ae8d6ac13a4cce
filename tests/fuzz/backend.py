"""A generation backend that takes every job and never says anything of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.ports import LOOPBACK
from tests.support.serving import serving


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(HTTPStatus.ACCEPTED)

    def do_GET(self) -> None:
        self._answer(HTTPStatus.NOT_FOUND)

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Thousands of requests; none is of interest."""


@contextmanager
def silent_backend() -> Iterator[str]:
    """Its URL, while the block lasts."""
    with serving(ThreadingHTTPServer((LOOPBACK, 0), _Handler)) as url:
        yield url
