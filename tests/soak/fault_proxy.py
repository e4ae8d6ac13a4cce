"""A network between functions and DynamoDB that fails a share of the calls, before they are made or after.

It hands on what it gets as it is, the Host header too, so that signatures stay valid: clients are given it as their DynamoDB
endpoint. As an HTTP_PROXY it would also stand between MiniStack and the token issuer, and before every other service.
"""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock

from local.ports import LOOPBACK
from tests.support.serving import serving

_PREFIX = "com.amazonaws.dynamodb.v20120810#"
THROTTLED, BROKEN, UNANSWERED = "throttled", "answered 500", "applied, its answer lost"
IMPATIENT = "applied, its caller gone (a slow engine)"
_REFUSALS = {THROTTLED: (400, "ProvisionedThroughputExceededException"), BROKEN: (500, "InternalServerError")}


@dataclass
class Dice:
    """Which calls fail, and how: the n-th call meets the same fate in every run with one seed."""

    rate: float
    seed: str
    calls: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._random = Random(f"{self.seed} dynamodb")

    def fate(self, _target: str = "", _body: bytes = b"") -> str | None:
        """None for a call that goes well. `_target` is the header X-Amz-Target: here all calls are alike."""
        with self._lock:
            self.calls += 1
            chosen, kind = self._random.random(), self._random.choice((THROTTLED, BROKEN, UNANSWERED))
            if chosen >= self.rate:
                return None
            self.faults[kind] += 1
            return kind

    def note_impatience(self) -> None:
        with self._lock:
            self.faults[IMPATIENT] += 1


@contextmanager
def fault_proxy(upstream_port: int, dice: Dice) -> Iterator[str]:
    """Yields the URL that stands for DynamoDB."""

    class Handler(_Handler):
        port, chance = upstream_port, dice

    with serving(_Server((LOOPBACK, 0), Handler)) as url:
        yield url


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    port: int
    chance: Dice

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        fate = self.chance.fate(self.headers.get("X-Amz-Target", ""), body)
        if refusal := _REFUSALS.get(fate or ""):
            status, code = refusal
            self._answer(status, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps({"__type": _PREFIX + code}).encode())
            return
        answer, content = self._forward(body)
        if fate == UNANSWERED:
            self.close_connection = True
            return
        kept = {name: value for name, value in answer.getheaders() if name.lower().startswith(("content-type", "x-amz"))}
        self._answer(answer.status, kept, content)

    def _forward(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        # A connection for each call: the engine closes idle ones, and that would be a fault which nobody ordered.
        with closing(http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)) as engine:
            engine.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                engine.putheader(name, value)
            engine.endheaders(body)
            answer = engine.getresponse()
            return answer, answer.read()

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True
            self.chance.note_impatience()
