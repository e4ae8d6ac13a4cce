"""A generation backend that takes every job at once and does nothing about it; each of its files is the same."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.ports import LOOPBACK
from tests.support.serving import serving

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(500_000)
"""A file as large as an image usually is, of which nobody reads more than the beginning."""


class _Backend(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet an answer

    def handle(self) -> None:
        with suppress(ConnectionResetError):  # at the end, those who keep a connection go without a word
            super().handle()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def quick_backend() -> Iterator[str]:
    """Takes every job at once and does nothing about it."""
    with serving(ThreadingHTTPServer((LOOPBACK, 0), _Backend)) as url:
        yield url
