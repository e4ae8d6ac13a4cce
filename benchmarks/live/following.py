"""Jobs that go through all their states while two clients follow each: one asks every few seconds, one is connected."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from local.failures import LocalFailure
from local.stack import Stack
from tests.support.api import Api, completed, progress
from tests.support.live import live_client, ticket

_STEPS = (("initializing", 10), ("generating", 30), ("generating", 50), ("generating", 70), ("saving", 90))
_ARRIVAL_SECONDS = 60
_WARM_UP_SECONDS = 4


@dataclass
class Followed:
    """One job. Delays are seconds from the webhook's 200 until a client knew, one per event that it saw at all."""

    events: int
    polls: int = 0
    poll_bytes: int = 0
    live_messages: int = 0
    live_bytes: int = 0
    message_bytes: int = 0
    poll_delays: list[float] = field(default_factory=list)
    live_delays: list[float] = field(default_factory=list)


def follow_jobs(stack: Stack, *, jobs: int, at_once: int, seconds: float, poll_seconds: float) -> list[Followed]:
    """Each with a user of its own. A first round, which nobody counts, finds the functions cold."""

    def follow(number: int, seconds: float) -> list[Followed]:
        return list(pool.map(lambda _: _follow_job(stack, seconds=seconds, poll_seconds=poll_seconds), range(number)))

    with ThreadPoolExecutor(at_once) as pool:
        follow(at_once, _WARM_UP_SECONDS)
        return follow(jobs, seconds)


def _follow_job(stack: Stack, *, seconds: float, poll_seconds: float) -> Followed:
    api = Api.of_new_user(stack)
    one = Followed(events=len(_STEPS) + 1)
    with live_client(api) as client, ThreadPoolExecutor(1) as beside:
        before = len(client.messages)
        client.sync()
        job_id = api.new_job()
        polling = beside.submit(_poll, api, job_id, poll_seconds, one)
        answered = _report(api, job_id, seconds)
        client.wait(lambda it: bool(it.of_type("notification.created")), "the notification", _ARRIVAL_SECONDS)
        seen = polling.result()
        arrived = {
            message["version"]: at
            for message, at in zip(client.messages, client.arrived, strict=True)
            if message["type"] == "job.updated"
        }
        one.live_delays = [max(0.0, arrived[version] - at) for version, at in answered.items() if version in arrived]
        one.poll_delays = [max(0.0, seen[version] - at) for version, at in answered.items() if version in seen]
        received = client.messages[before:]
        one.live_messages = len(received) + 1  # and the sync that was sent
        one.message_bytes = sum(_size(message) for message in received if message["type"] != "sync")
        one.live_bytes = one.message_bytes + _size(received[0]) + 30 + _handshake_bytes(api)
    return one


def _report(api: Api, job_id: str, seconds: float) -> dict[int, float]:
    """As a backend that takes so long; version of the job → when its webhook was answered."""
    answered: dict[int, float] = {}
    events: list[dict[str, Any]] = [progress(job_id, state, percent) for state, percent in _STEPS]
    for version, event in enumerate([*events, completed(job_id)], start=2):
        time.sleep(seconds / (len(_STEPS) + 1))
        answer = api.webhook(event)
        if not answer.ok:
            raise LocalFailure(f"the webhook answered {answer.status_code}: {answer.text}")
        answered[version] = time.monotonic()
    return answered


def _poll(api: Api, job_id: str, pause: float, one: Followed) -> dict[int, float]:
    """As the page does today; version of the job → when it was first seen in a status (what came between two looks is not)."""
    seen: dict[int, float] = {}
    by_progress = {percent: version for version, (_, percent) in enumerate(_STEPS, start=2)} | {100: len(_STEPS) + 2}
    while len(_STEPS) + 2 not in seen:
        time.sleep(pause)
        answer = api.get(f"/api/images/{job_id}/status")
        one.polls += 1
        one.poll_bytes += _http_bytes(answer)
        if answer.ok and (version := by_progress.get(answer.json()["progress"])):
            seen.setdefault(version, time.monotonic())
    return seen


def _http_bytes(answer: requests.Response) -> int:
    """Headers and bodies of both ways; TLS and TCP are on top of that, for both clients."""
    asked = answer.request
    headers = [*asked.headers.items(), *answer.headers.items()]
    lines = len(f"{asked.method} {asked.path_url} HTTP/1.1\r\n") + len(f"HTTP/1.1 {answer.status_code} {answer.reason}\r\n")
    return lines + sum(len(f"{name}: {value}\r\n") for name, value in headers) + 4 + len(asked.body or b"") + len(answer.content)


def _handshake_bytes(api: Api) -> int:
    """The ticket's request, measured, and the upgrade, whose size is its URL's and some 300 bytes of headers each way."""
    answer = api.request("POST", "/api/notifications/ticket")
    return _http_bytes(answer) + len(ticket(api)["url"]) + 600


def _size(message: dict[str, Any]) -> int:
    """A frame: its text and up to four bytes of header."""
    return len(json.dumps(message, ensure_ascii=False).encode()) + 4
