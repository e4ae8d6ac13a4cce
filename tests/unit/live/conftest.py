"""The deployed function `live`, its tables, and events of a WebSocket API."""

from collections.abc import Callable
from typing import Any

import pytest

from live.app import answering, connecting, handler
from sorami.channel import ConnectionGone
from sorami.connections import Connections
from sorami.store import JobStore
from sorami.tickets import Tickets
from tests.support.gateway import FakeContext
from tests.support.stack import Stack

type Converse = Callable[..., int]


class RecordingChannel:
    """What was posted, who was hung up on; some connections may be gone."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.hung_up: list[str] = []
        self.gone: set[str] = set()

    def post(self, connection_id: str, message: dict[str, Any]) -> None:
        if connection_id in self.gone:
            raise ConnectionGone
        self.posted.append((connection_id, message))

    def hang_up(self, connection_id: str) -> None:
        self.hung_up.append(connection_id)


@pytest.fixture
def channel(deploy: Callable[..., None]) -> RecordingChannel:
    """The deployed function, its gateway exchanged."""
    deploy("LiveFunction")
    recording = RecordingChannel()
    for story in (connecting(), answering()):
        object.__setattr__(story, "channel", recording)
    return recording


@pytest.fixture
def tickets(stack: Stack) -> Tickets:
    return Tickets(stack.dynamodb, stack.notifications_table)


@pytest.fixture
def connections(stack: Stack) -> Connections:
    return Connections(stack.dynamodb, stack.notifications_table)


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def converse(channel: RecordingChannel) -> Converse:
    """`converse("CONNECT", "c1", ticket="…")` hands the gateway's event over; returns the status of the answer."""

    def send(kind: str, connection_id: str, *, ticket: str | None = None, body: str | None = None) -> int:
        route = {"CONNECT": "$connect", "DISCONNECT": "$disconnect", "MESSAGE": "$default"}[kind]
        event: dict[str, Any] = {
            "requestContext": {"routeKey": route, "eventType": kind, "connectionId": connection_id, "requestId": "r"},
            "isBase64Encoded": False,
        }
        if kind == "CONNECT":
            event["queryStringParameters"] = {"ticket": ticket} if ticket is not None else None
        if body is not None:
            event["body"] = body
        answer = handler(event, FakeContext())
        assert set(answer) == {"statusCode"}, "a body would be shown to the client by one gateway"
        return int(answer["statusCode"])

    return send
