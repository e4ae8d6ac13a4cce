"""A backend without threads, sockets or waiting: jobs run when a test says so, pauses are only written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import responses
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.backend.app import create_app
from examples.backend.demo import DemoGenerator
from examples.backend.jobs import Job, JobBook
from examples.backend.orders import read_order
from examples.backend.pool import Deed, PoolFull
from examples.backend.service import Backend, open_session
from examples.backend.settings import Settings
from examples.backend.story import Tools, run_job
from examples.backend.uploads import LocalFiles

WEBHOOK = "https://service.test/api/webhooks/image-completion"
BUCKET = "https://bucket.test"

type Body = dict[str, Any]


@pytest.fixture
def settings() -> Settings:
    return Settings(webhook_secret="s3cret", seconds_per_job=0)


@pytest.fixture
def body() -> Body:
    uploads = [
        {
            "key": f"images/job-1/image_{number}.webp",
            "url": f"{BUCKET}/images/job-1/image_{number}.webp?X-Amz-Signature=abc",
            "method": "PUT",
            "headers": {"Content-Type": "image/webp"},
            "expires_at": "2026-01-02T03:04:05Z",
        }
        for number in (1, 2)
    ]
    return {
        "job_id": "job-1",
        "user_id": "user_1",
        "prompt": "un chat astronaute",
        "num_images": 2,
        "size": "512x512",
        "format": "WEBP",
        "style": "illustration",
        "quality": "standard",
        "webhook_url": WEBHOOK,
        "uploads": uploads,
    }


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """The network: whatever a test did not register is a connection error."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def tools(settings: Settings, pauses: list[float]) -> Tools:
    return Tools(settings, JobBook(), DemoGenerator(), LocalFiles(), open_session, lambda: settings.webhook_secret, pauses.append)


@pytest.fixture
def play(tools: Tools) -> Callable[[Body], Job]:
    """Takes a body, runs its job to the end and gives the job as it then stands."""

    def play_body(body: Body) -> Job:
        order = read_order(body, None, "http://backend.test/")
        run_job(tools.book.add_once(order, "", lambda _job_id: None), tools)
        return tools.book.find(order.job_id)

    return play_body


class HandCrankedPool:
    """Takes jobs as the real pool does; they run when a test turns the crank."""

    def __init__(self, work: Deed, _hand_back: Deed, _workers: int, queue_limit: int) -> None:
        self._work, self._queue_limit = work, queue_limit
        self.waiting: list[str] = []

    def submit(self, job_id: str) -> None:
        if len(self.waiting) >= self._queue_limit:
            raise PoolFull
        self.waiting.append(job_id)

    def pause(self, seconds: float) -> None:
        pass

    def close(self, patience: float) -> None:
        pass

    def turn(self) -> None:
        while self.waiting:
            self._work(self.waiting.pop(0))


@dataclass
class Served:
    """A backend behind its routes, and the crank that makes it work."""

    client: FlaskClient
    pool: HandCrankedPool

    def generate(self, body: object, **headers: str) -> TestResponse:
        return self.client.post("/api/images/generate", json=body, headers=headers)


@pytest.fixture
def serve() -> Callable[[Settings], Served]:
    def serve_backend(settings: Settings) -> Served:
        pools: list[HandCrankedPool] = []

        def start_pool(work: Deed, hand_back: Deed, workers: int, queue_limit: int) -> HandCrankedPool:
            pools.append(HandCrankedPool(work, hand_back, workers, queue_limit))
            return pools[0]

        client = create_app(Backend(settings, start_pool=start_pool)).test_client()
        return Served(client, pools[0])

    return serve_backend


@pytest.fixture
def served(serve: Callable[[Settings], Served], settings: Settings) -> Served:
    return serve(settings)


def events(wire: responses.RequestsMock) -> list[Body]:
    """What the webhook was told, in order."""
    return [json.loads(call.request.body or b"{}") for call in wire.calls if call.request.url == WEBHOOK]


def puts(wire: responses.RequestsMock) -> list[requests.PreparedRequest]:
    return [call.request for call in wire.calls if call.request.method == "PUT"]
