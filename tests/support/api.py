"""The API as clients see it: HTTP only. It hides URLs and waits for conditions; it judges nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

from local.stack import Stack

DEADLINE_SECONDS = 120.0  # so that only what never happens fails
_PAUSE_SECONDS = 0.2
_SECONDS = 40
_CROWD_SECONDS = 120  # a dozen cold workers at once: the local engine unpacks the layer for each, one after the other
_TERMINAL = {"COMPLETED", "FAILED", "CANCELLED"}


def wait_for[T](question: Callable[[], T], good: Callable[[T], bool], what: str, seconds: float = DEADLINE_SECONDS) -> T:
    """The first good answer; an AssertionError with the last one after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if good(answer):
            return answer
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}; last: {answer!r}"
        time.sleep(_PAUSE_SECONDS)


@dataclass(frozen=True)
class Api:
    """One caller. `authorization` is the whole header, or None for none."""

    stack: Stack
    user: str
    authorization: str | None

    @classmethod
    def of_user(cls, stack: Stack, user: str) -> "Api":
        return cls(stack=stack, user=user, authorization=f"Bearer {stack.token(user)}")

    @classmethod
    def of_new_user(cls, stack: Stack) -> "Api":
        return cls.of_user(stack, f"user_{uuid4().hex[:12]}")

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = dict(arguments.pop("headers", {}))
        if self.authorization is not None:
            headers["Authorization"] = self.authorization
        seconds = arguments.pop("timeout", _SECONDS)
        return requests.request(
            method, f"{self.stack.api_url}{path}", headers=headers, timeout=seconds, allow_redirects=False, **arguments
        )

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.request("GET", path, params=query)

    def generate(self, prompt: str, *, key: str | None = None, **fields: Any) -> requests.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.request(
            "POST", "/api/images/generate", json={"prompt": prompt, **fields}, headers=headers, timeout=_CROWD_SECONDS
        )

    def cancel(self, job_id: str) -> requests.Response:
        return self.request("POST", f"/api/images/{job_id}/cancel")

    def delete(self, job_id: str) -> requests.Response:
        return self.request("DELETE", f"/api/images/{job_id}")

    def upload(self, **asked: Any) -> requests.Response:
        return self.request("POST", "/api/images/uploads", json=asked)

    def read_all(self, before: str) -> requests.Response:
        return self.request("POST", "/api/notifications/read-all", json={"before": before})

    def new_job(self, prompt: str = "!silent un chat", **fields: Any) -> str:
        """A job of which the example backend never reports anything, unless another prompt says otherwise."""
        answer = self.generate(prompt, **{"size": "512x512"} | fields)  # small: the backend draws silent ones, too
        assert answer.status_code == requests.codes.accepted, answer.text
        job_id: str = answer.json()["job_id"]
        return job_id

    def status(self, job_id: str) -> dict[str, Any]:
        answer = self.get(f"/api/images/{job_id}/status")
        assert answer.status_code == requests.codes.ok, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def watch(self, job_id: str) -> list[dict[str, Any]]:
        """Every status that was seen until the job ended."""
        seen: list[dict[str, Any]] = []

        def look() -> dict[str, Any]:
            seen.append(self.status(job_id))
            return seen[-1]

        wait_for(look, lambda status: status["status"] in _TERMINAL, f"the end of {job_id}")
        return seen

    def feed(self) -> dict[str, Any]:
        content: dict[str, Any] = self.get("/api/notifications").json()
        return content

    def feed_with(self, count: int) -> dict[str, Any]:
        return wait_for(self.feed, lambda feed: len(feed["notifications"]) >= count, f"{count} notification(s)")

    def webhook(self, body: dict[str, Any], *, secret: str | None = "") -> requests.Response:
        """As the backend; `secret` is the right one unless another is given, None for none."""
        headers = {} if secret is None else {"X-Webhook-Secret": secret or self.stack.webhook_secret}
        return requests.post(self.stack.webhook_url, json=body, headers=headers, timeout=_CROWD_SECONDS)


def completed(job_id: str, images: int = 1) -> dict[str, Any]:
    """A `completed` event as docs/api.md has it."""
    return {
        "job_id": job_id,
        "status": "completed",
        "timestamp": "2026-01-02T03:04:05Z",
        "environment": "test",
        "data": {
            "job_id": job_id,
            "status": "COMPLETED",
            "generated_at": "2026-01-02T03:04:05Z",
            "images": [
                {
                    "file_path": f"images/{job_id}/image_{number}.png",
                    "url": "https://backend.example/x.png",
                    "description": "Un chat",
                    "format": "PNG",
                    "size_bytes": 524288,
                    "dimensions": "1024x1024",
                }
                for number in range(1, images + 1)
            ],
            "metadata": {"model_name": "test-model", "version": "1.0", "generation_time_seconds": 12.5, "input_tokens": 50},
        },
    }


def progress(job_id: str, state: str, percent: int) -> dict[str, Any]:
    return {"job_id": job_id, "status": state, "timestamp": "2026-01-02T03:04:05Z", "progress": percent}


def failed(job_id: str, message: str = "Modération", code: str = "content_moderated") -> dict[str, Any]:
    return {
        "job_id": job_id,
        "status": "failed",
        "timestamp": "2026-01-02T03:04:05Z",
        "error_message": message,
        "error_code": code,
    }
