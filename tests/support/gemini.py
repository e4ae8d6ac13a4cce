"""A stand-in for Google's Gemini API on the loopback interface: `generateContent` in the shapes that its reference documents
(https://ai.google.dev/api/generate-content), answered as a test says."""

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any

from PIL import Image

from local.ports import LOOPBACK
from tests.support.serving import serving


@dataclass(frozen=True)
class Asked:
    path: str
    key: str | None
    body: dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What the API answers, `after` seconds."""

    status: int = 200
    body: dict[str, Any] | bytes = b""
    after: float = 0.0


@dataclass
class Gemini:
    """`answers` are given one after the other, the last one for ever; `asked` is what came."""

    url: str = ""
    answers: list[Said] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def next(self) -> Said:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def picture(size: tuple[int, int] = (1024, 1024), image_format: str = "PNG", colour: str = "navy") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, image_format)
    return buffer.getvalue()


def drawn(*pictures: bytes, finish: str = "STOP", text: str | None = None, thought: bool = False) -> Said:
    parts: list[dict[str, Any]] = [{"text": text}] if text else []
    for content in pictures:
        data = {"mimeType": "image/png", "data": base64.b64encode(content).decode()}
        parts.append({"inlineData": data} | ({"thought": True} if thought else {}))
    candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": finish, "index": 0}
    usage = {"promptTokenCount": 11, "candidatesTokenCount": 1290, "totalTokenCount": 1301}
    return Said(body={"candidates": [candidate], "usageMetadata": usage, "modelVersion": "a-model", "responseId": "r1"})


def stopped(finish: str) -> Said:
    return Said(body={"candidates": [{"finishReason": finish, "finishMessage": "…", "index": 0}], "modelVersion": "a-model"})


def blocked(reason: str) -> Said:
    return Said(body={"promptFeedback": {"blockReason": reason}, "modelVersion": "a-model"})


def refused(code: int, status: str, *details: dict[str, Any], message: str = "…") -> Said:
    return Said(code, {"error": {"code": code, "message": message, "status": status, "details": list(details)}})


def retry_info(delay: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def error_info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


@contextmanager
def gemini(*answers: Said) -> Iterator[Gemini]:
    api, over = Gemini(answers=list(answers)), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            api.asked.append(Asked(self.path, self.headers["x-goog-api-key"], body))
            said = api.next()
            over.wait(said.after)
            content = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            self.send_response(said.status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    with serving(ThreadingHTTPServer((LOOPBACK, 0), Handler)) as api.url:
        try:
            yield api
        finally:
            over.set()
