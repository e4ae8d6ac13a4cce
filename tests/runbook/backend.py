"""A generation backend that does as it is told: takes jobs, refuses them, is slow; files are there, gone, or not to be had."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.ports import LOOPBACK
from tests.support.backend_files import PICTURES
from tests.support.serving import serving

_REFUSAL_OF_SNS = (
    b'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>InvalidParameter</Code>'
    b"<Message>as told</Message></Error><RequestId>1</RequestId></ErrorResponse>"
)


@dataclass
class Conduct:
    """`status`: what it answers to whatever is asked, if that is not a matter of course; `seconds`: after how long.

    `files`: with which status it answers for any of its files.
    """

    url: str = ""
    status: HTTPStatus | None = None
    seconds: float = 0
    files: HTTPStatus = HTTPStatus.OK

    def be_well(self) -> None:
        self.status, self.seconds, self.files = None, 0, HTTPStatus.OK

    def file_url(self, job_id: str) -> str:
        return f"{self.url}/files/{job_id}/image_1.png"


@contextmanager
def obedient_backend() -> Iterator[Conduct]:
    conduct = Conduct()

    class Handler(_Handler):
        told = conduct

    with serving(ThreadingHTTPServer((LOOPBACK, 0), Handler)) as conduct.url:
        yield conduct


class _Handler(BaseHTTPRequestHandler):
    told: Conduct

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/":  # of a function that was told that this is SNS
            self._send(HTTPStatus.BAD_REQUEST, _REFUSAL_OF_SNS, "text/xml")
        else:
            self._answer(HTTPStatus.ACCEPTED)

    def do_GET(self) -> None:
        """It keeps no job, so it knows none; files it has for all."""
        if self.path.startswith("/files/"):
            self._send(self.told.files, PICTURES["PNG"], "image/png")
        elif self.path.startswith("/health"):
            self._send(HTTPStatus.OK, b"{}", "application/json")
        else:
            self._answer(HTTPStatus.NOT_FOUND)

    def _answer(self, status: HTTPStatus) -> None:
        time.sleep(self.told.seconds)
        self._send(self.told.status or status, json.dumps({"message": "as told"}).encode(), "application/json")

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except ConnectionError:  # whoever asked has given up waiting
            self.close_connection = True

    def log_message(self, *_: Any) -> None: ...
