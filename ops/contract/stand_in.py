"""The service and its storage, as a backend sees them, on the loopback interface: takes webhooks and presigned PUTs."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import IO, cast
from urllib.parse import parse_qs, urlsplit

from werkzeug.serving import DechunkedInput

from ops.contract.evidence import Heard, Manner, Stored
from sorami.artifacts import CONTENT_TYPES, UploadSlot, image_key
from sorami.errors import InvalidRequest, JobNotFound
from sorami.jobs import Job
from sorami.times import now

BUCKET = "images-bucket"
_WEBHOOK = "/api/webhooks/image-completion"
_CODES: Mapping[int, str] = {HTTPStatus.BAD_REQUEST: InvalidRequest.code, HTTPStatus.NOT_FOUND: JobNotFound.code}
_LARGEST_FILE = 16 * 1024 * 1024
_LARGEST_REPORT = 256 * 1024  # docs/api.md, "Webhook": beyond, the service answers 413
_MOST_STRAYS = 100
_MOST_FILES = 50
MOST_REPORTS = 1000
"""On one job. What a backend sends beyond is refused and not kept: it must not fill this machine's memory."""


@dataclass
class Record:
    """What came for one job. Everybody who touches it holds `news`."""

    job: Job
    manner: Manner
    reports: list[Heard] = field(default_factory=list)
    files: list[Stored] = field(default_factory=list)
    news: Condition = field(default_factory=Condition)

    def wait_for(self, happened: Callable[["Record"], bool], seconds: float) -> bool:
        with self.news:
            return self.news.wait_for(lambda: happened(self), seconds)

    def wait_for_quiet(self, quiet: float, seconds: float) -> None:
        """Until nothing has come for `quiet` seconds, or `seconds` are over."""
        until = time.monotonic() + seconds
        with self.news:
            while time.monotonic() < until and self.news.wait(quiet):
                pass

    def outcomes(self) -> list[Heard]:
        return [report for report in self.reports if report.is_outcome]


class StandIn:
    """`url` is what backends call it by. A job's webhook has a path of its own, so that a report with a wrong job_id is seen to
    be one; `/api/webhooks/image-completion` itself is open too, for backends whose WEBHOOK_URL is fixed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.strays: list[Heard] = []
        self._records: dict[str, Record] = {}
        self._signature = secrets.token_hex(16)

    def expect(self, job: Job, manner: Manner) -> Record:
        record = self._records[job.job_id] = Record(job, manner)
        return record

    def webhook_url(self, job: Job) -> str:
        return f"{self.url}/of/{job.job_id}{_WEBHOOK}"

    def slots(self, job: Job) -> list[UploadSlot]:
        """As the service presigns them, with the same headers."""
        content_type = CONTENT_TYPES[job.order.format]
        keys = [image_key(job.job_id, number, job.order.format) for number in range(1, job.order.num_images + 1)]
        return [
            UploadSlot(
                key=key,
                url=f"{self.url}/{BUCKET}/{key}?X-Amz-Signature={self._signature}",
                headers={"Content-Type": content_type},
                expires_at=now() + timedelta(hours=1),
            )
            for key in keys
        ]

    def hear(self, path: str, headers: Mapping[str, str], content: bytes) -> int | None:
        """The status of the answer, None for none."""
        is_large, content = len(content) > _LARGEST_REPORT, content[:_LARGEST_REPORT]
        told = Heard(headers, content, None)
        named = path.removeprefix("/of/").partition("/")[0] if path.startswith("/of/") else str(told.said.get("job_id"))
        record = self._records.get(named)
        if record is None or not path.endswith(_WEBHOOK):
            if len(self.strays) < _MOST_STRAYS:
                self.strays.append(Heard(headers, content, 404))
            return HTTPStatus.NOT_FOUND
        with record.news:
            if len(record.reports) >= MOST_REPORTS:
                return HTTPStatus.TOO_MANY_REQUESTS
            answered = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if is_large else _answer_to(record, told)
            record.reports.append(Heard(headers, content, answered))
            record.news.notify_all()
        return answered

    def store(self, path: str, headers: Mapping[str, str], content: bytes) -> int:
        """What S3 answers a presigned PUT (Amazon S3 API reference, "Error responses")."""
        parts = urlsplit(path)
        key = parts.path.removeprefix(f"/{BUCKET}/")
        record = self._records.get(key.split("/")[1] if key.startswith("images/") else "")
        slot = next((slot for slot in self.slots(record.job) if slot.key == key), None) if record else None
        if record is None or slot is None:
            return HTTPStatus.FORBIDDEN
        trouble = self._trouble(slot, parse_qs(parts.query), headers)
        with record.news:
            if len(record.files) >= _MOST_FILES:
                return HTTPStatus.SERVICE_UNAVAILABLE
            record.files.append(Stored(key, content, trouble[1] if trouble else None))
            record.news.notify_all()
        return trouble[0] if trouble else HTTPStatus.OK

    def manner_of(self, path: str) -> Manner | None:
        record = self._records.get(path.removeprefix("/of/").partition("/")[0])
        return record.manner if record else None

    def _trouble(self, slot: UploadSlot, query: Mapping[str, list[str]], headers: Mapping[str, str]) -> tuple[int, str] | None:
        if query.get("X-Amz-Signature") != [self._signature]:
            return HTTPStatus.FORBIDDEN, "the URL was not used as it was given"
        if "authorization" in headers:
            return HTTPStatus.BAD_REQUEST, "an Authorization header was sent beside the signed URL"
        if "content-length" not in headers:
            return HTTPStatus.LENGTH_REQUIRED, "no Content-Length was sent (chunked transfer)"
        for name, value in slot.headers.items():
            if (sent := headers.get(name.lower())) != value:
                return HTTPStatus.FORBIDDEN, f"{name} was {sent!r} instead of {value!r}"
        return None


def _answer_to(record: Record, told: Heard) -> int | None:
    if not told.is_outcome:
        return HTTPStatus.OK if told.is_object else HTTPStatus.BAD_REQUEST
    before = len(record.outcomes())
    match record.manner:
        case Manner.DROPS if before == 0:
            return None
        case Manner.UNAVAILABLE if before < 2:  # noqa: PLR2004  # as its name says
            return HTTPStatus.SERVICE_UNAVAILABLE
        case Manner.REFUSES:
            return HTTPStatus.BAD_REQUEST
        case Manner.FORGETS:
            return HTTPStatus.NOT_FOUND
    return HTTPStatus.OK


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        status = self.stand_in.hear(path, self._headers(), self._content(_LARGEST_REPORT))
        if status is None:
            self.close_connection = True
            return
        cancelled = self.stand_in.manner_of(path) is Manner.CANCELS
        said = {"success": True, "applied": False, "status": "CANCELLED"} if cancelled else {"success": True, "applied": True}
        if status != HTTPStatus.OK:
            said = {"status": status, "error": HTTPStatus(status).phrase, "code": _CODES.get(status, "unavailable")}
        self._answer(status, said)

    def do_PUT(self) -> None:
        status = self.stand_in.store(self.path, self._headers(), self._content(_LARGEST_FILE))
        self._answer(status, {})

    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _content(self, most: int) -> bytes:
        """Up to one byte more than `most`, by which it is seen to be too long; its connection is not used again then."""
        length = self.headers.get("Content-Length", "")
        size = int(length) if length.isascii() and length.isdecimal() else 0
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            content = self._dechunked(most + 1)
        else:
            content = self.rfile.read(min(size, most + 1))
        if len(content) > most:
            self.close_connection = True
        return content

    def _dechunked(self, most: int) -> bytes:
        """Node's and Go's clients send like this what they do not know the length of."""
        try:
            return DechunkedInput(cast("IO[bytes]", self.rfile)).read(most) or b""
        except OSError:  # what calls itself chunked and is not: where the next request begins is anybody's guess
            self.close_connection = True
            return b""

    def _answer(self, status: int, said: Mapping[str, object]) -> None:
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A backend that hangs up in the middle is its own affair: what it said by then is on record."""


@contextmanager
def stand_in(port: int = 0, public_url: str = "") -> Iterator[StandIn]:
    """Open while the block runs. `public_url` is how a backend elsewhere reaches it, through a tunnel for instance."""

    class Handler(_Handler):
        pass

    with _Server(("127.0.0.1", port), Handler) as server:
        Handler.stand_in = StandIn(public_url.rstrip("/") or f"http://127.0.0.1:{server.server_port}")
        serving = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        try:
            yield Handler.stand_in
        finally:
            server.shutdown()
            serving.join()
