"""A live client as a page has one: a ticket, a WebSocket, and everything that came over it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from socket import SHUT_RDWR
from threading import Thread
from typing import Any

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.api import DEADLINE_SECONDS, Api, wait_for

type Message = dict[str, Any]

_OPENING_SECONDS = 60  # one worker of the local engine opens all connections, one after the other


@dataclass
class LiveClient:
    """`messages`: all that came, in order; `arrived`: when, by the monotonic clock."""

    socket: ClientConnection
    messages: list[Message] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    is_closed: bool = False

    def listen(self) -> None:
        try:
            for text in self.socket:
                self.arrived.append(time.monotonic())
                self.messages.append(json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            self.is_closed = True

    def say(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def of_type(self, kind: str) -> list[Message]:
        return [message for message in list(self.messages) if message["type"] == kind]

    def updates(self, job_id: str) -> list[Message]:
        return [message for message in self.of_type("job.updated") if message["job_id"] == job_id]

    def wait(self, good: Callable[["LiveClient"], bool], what: str, seconds: float = DEADLINE_SECONDS) -> None:
        wait_for(lambda: good(self), bool, f"{what}; so far {self.messages}", seconds)

    def ask(self, message: Any, kind: str) -> Message:
        """The answer, which is of that type."""
        before = len(self.of_type(kind))
        self.say(message)
        self.wait(lambda one: len(one.of_type(kind)) > before, f"an answer to {message}")
        return self.of_type(kind)[before]

    def sync(self, *job_ids: str) -> Message:
        return self.ask({"type": "sync", "job_ids": job_ids}, "sync")

    def pull_the_plug(self) -> None:
        """As a laptop that is closed: no closing handshake."""
        self.socket.socket.shutdown(SHUT_RDWR)


def ticket(api: Api) -> Message:
    answer = api.request("POST", "/api/notifications/ticket")
    assert answer.status_code == requests.codes.created, answer.text
    content: Message = answer.json()
    return content


def open_socket(url: str) -> AbstractContextManager[ClientConnection]:
    return connect(url, open_timeout=_OPENING_SECONDS, proxy=None, ping_interval=None, compression=None)


@contextmanager
def live_client(api: Api) -> Iterator[LiveClient]:
    """Open, and heard by nobody but the test."""
    with open_socket(ticket(api)["url"]) as socket:
        client = LiveClient(socket)
        listener = Thread(target=client.listen, daemon=True)
        listener.start()
        yield client
    listener.join(10)
