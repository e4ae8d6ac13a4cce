"""The users of a soak: they ask for images, again when that fails, and never for more at a time than the stack works off."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock

import requests

from local.stack import Stack

USERS = 25
_THREADS = 8
_TRIES = 20
_PROMPTS = ("un chat astronaute", "un phare dans la brume", "!fail", "un jardin sur la lune", "un renard qui lit")


@dataclass
class Load:
    """`has_room` says whether another job may be open; every fifth job is one that its backend will fail."""

    stack: Stack
    jobs: int
    has_room: Callable[[], bool]
    accepted: set[str] = field(default_factory=set)
    refusals: int = 0
    given_up: int = 0
    stop: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def run(self) -> None:
        """Until every job is accepted, given up after 20 tries, or `stop` is set."""
        numbers = count()
        tokens = [self.stack.token(f"user_{number}", ttl=4 * 3600) for number in range(USERS)]
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda _thread: self._ask(numbers, tokens), range(_THREADS)))

    def _ask(self, numbers: "count[int]", tokens: list[str]) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not self.stop.is_set():
                while not (self.has_room() or self.stop.wait(0.1)):
                    pass
                with self._lock:
                    number = next(numbers)
                if number >= self.jobs:
                    return
                self._insist(session, number, tokens[number % USERS])

    def _insist(self, session: requests.Session, number: int, token: str) -> None:
        for _try in range(_TRIES):
            job_id = self._submit(session, number, token)
            with self._lock:
                if job_id:
                    self.accepted.add(job_id)
                    return
                self.refusals += 1
            time.sleep(0.5)
        with self._lock:
            self.given_up += 1

    def _submit(self, session: requests.Session, number: int, token: str) -> str | None:
        body = {"prompt": f"{_PROMPTS[number % len(_PROMPTS)]} {number}", "size": "512x512", "format": "JPEG"}
        try:
            answer = session.post(
                f"{self.stack.api_url}/api/images/generate",
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                timeout=60,
            )
            return str(answer.json()["job_id"]) if answer.status_code == requests.codes.accepted else None
        except (requests.RequestException, ValueError):
            return None
