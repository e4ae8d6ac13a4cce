"""Tickets and the conversation over a live connection, from the gateways' events to what is posted."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from live.app import handler
from sorami.clients import client
from sorami.connections import Connection, Connections
from sorami.jobs import Progressed, State, new_job_id
from sorami.store import JobStore
from sorami.tickets import Tickets
from sorami.times import now, parse
from tests.support.gateway import invoke, request
from tests.support.samples import completed, minutes, new_user, pending_job
from tests.support.stack import Stack
from tests.unit.live.conftest import Converse, RecordingChannel

TICKET = "POST /api/notifications/ticket"


@pytest.fixture
def user() -> str:
    return new_user()


@pytest.fixture
def connected(converse: Converse, tickets: Tickets) -> Callable[[str, str], None]:
    def connect(user: str, connection_id: str) -> None:
        assert converse("CONNECT", connection_id, ticket=tickets.issue(user, now()).text) == 200

    return connect


def ids(connections: Connections, user: str) -> list[str]:
    return [one.connection_id for one in connections.of_user(user)]


# Tickets


def test_a_ticket_is_a_url_for_one_minute_that_names_nobody(channel: RecordingChannel, user: str) -> None:
    before = now().replace(microsecond=0)  # as tickets are: whole seconds
    answer = invoke(handler, request(TICKET, user=user))
    assert answer.status == 201
    url, _, text = answer.json["url"].partition("?ticket=")
    assert url == "wss://live123.execute-api.eu-west-1.amazonaws.com/live"
    assert len(text) >= 43
    assert user not in text
    assert before <= parse(answer.json["expires_at"]) - timedelta(minutes=1) <= now()


def test_row_27_a_token_without_an_end_gets_no_ticket(channel: RecordingChannel) -> None:
    assert invoke(handler, request(TICKET, claims={"sub": "user_1"})).codes == (401, "unauthorized")


def test_the_table_knows_no_ticket_by_its_text(channel: RecordingChannel, user: str, stack: Stack) -> None:
    text = invoke(handler, request(TICKET, user=user)).json["url"].partition("?ticket=")[2]
    assert text not in json.dumps(stack.items(stack.notifications_table))


def test_row_28_a_ticket_is_good_once_and_for_its_user(tickets: Tickets, user: str) -> None:
    text = tickets.issue(user, now()).text
    assert tickets.redeem(text, now()) == user
    assert tickets.redeem(text, now()) is None


def test_row_28_a_ticket_that_is_over_is_not_good_though_its_row_is_still_there(tickets: Tickets, user: str) -> None:
    issued = tickets.issue(user, minutes(0))
    assert tickets.redeem(issued.text, minutes(1.1)) is None
    assert tickets.redeem(issued.text, minutes(0.9)) == user


@pytest.mark.parametrize("text", [None, "", "x" * 43, "x" * 65, "é\ud800", "ticket#"])
def test_row_28_without_a_good_ticket_nobody_is_let_in(text: str | None, converse: Converse, stack: Stack) -> None:
    before = stack.items(stack.notifications_table)
    assert converse("CONNECT", "c-none", ticket=text) == 403
    assert stack.items(stack.notifications_table) == before


# Connecting and leaving


def test_whoever_is_let_in_stands_in_the_table_until_two_hours_are_over_or_it_leaves(
    connected: Callable[[str, str], None], converse: Converse, connections: Connections, user: str, stack: Stack
) -> None:
    connected(user, "c-1")
    assert ids(connections, user) == ["c-1"]
    assert connections.owner_of("c-1") == user
    rows = [row for row in stack.items(stack.notifications_table) if "c-1" in json.dumps(row)]
    assert len(rows) == 2
    for row in rows:
        assert 7200 < int(row["expires_at"]["N"]) - now().timestamp() < 8400
    assert converse("DISCONNECT", "c-1") == 200
    assert not [row for row in stack.items(stack.notifications_table) if "c-1" in json.dumps(row)]
    assert converse("DISCONNECT", "c-1") == 200


def test_the_feed_shows_neither_tickets_nor_connections(
    connected: Callable[[str, str], None], user: str, stack: Stack, deploy: Callable[..., None]
) -> None:
    connected(user, "c-feed")
    from query.app import handler as query  # noqa: PLC0415  # its settings are other than those of live

    deploy("QueryFunction")
    answer = invoke(query, request("GET /api/notifications", user=user))
    assert (answer.json["notifications"], answer.json["unreadCount"]) == ([], 0)


def test_the_21st_connection_takes_the_place_of_the_oldest(
    connected: Callable[[str, str], None], channel: RecordingChannel, connections: Connections, user: str
) -> None:
    for number in range(1, 23):
        connections.add(Connection(connection_id=f"{user}-{number}", user_id=user, connected_at=minutes(number)))
    connected(user, f"{user}-new")
    assert ids(connections, user) == [*(f"{user}-{number}" for number in range(4, 23)), f"{user}-new"]
    gone = [f"{user}-{number}" for number in (1, 2, 3)]
    assert channel.posted == [(one, {"type": "closing", "reason": "too_many_connections"}) for one in gone]
    assert channel.hung_up == gone


def test_an_oldest_that_is_gone_already_keeps_nobody_out(
    connected: Callable[[str, str], None], channel: RecordingChannel, connections: Connections, user: str
) -> None:
    for number in range(20):
        connections.add(Connection(connection_id=f"{user}-{number}", user_id=user, connected_at=minutes(number)))
    channel.gone = {f"{user}-0"}
    connected(user, f"{user}-new")
    assert len(ids(connections, user)) == 20


def test_a_table_that_is_away_lets_nobody_in_and_shows_no_reason(converse: Converse, tickets: Tickets, user: str) -> None:
    text = tickets.issue(user, now()).text

    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    client("dynamodb").meta.events.register("before-call.dynamodb.PutItem", down)
    assert converse("CONNECT", "c-away", ticket=text) == 500


@pytest.mark.parametrize("operation", ["Query", "DeleteItem"])
def test_whoever_has_its_rows_is_let_in_though_the_others_cannot_be_counted_or_hung_up(
    operation: str, converse: Converse, connections: Connections, tickets: Tickets, user: str
) -> None:
    """Refused, it would leave rows that count among the 20: a client that tries again and again would push out open ones."""
    for number in range(20):
        connections.add(Connection(connection_id=f"{user}-{number}", user_id=user, connected_at=minutes(number)))
    text = tickets.issue(user, now()).text
    deletes: list[str] = []

    def down(model: Any, **_: Any) -> None:
        deletes.append(model.name)
        if operation == "Query" or len(deletes) > 1:  # the first delete is the ticket's
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    client("dynamodb").meta.events.register(f"before-call.dynamodb.{operation}", down)
    assert converse("CONNECT", f"{user}-new", ticket=text) == 200
    client("dynamodb").meta.events.unregister(f"before-call.dynamodb.{operation}", down)
    assert f"{user}-new" in ids(connections, user)


# What is said


@pytest.fixture
def ask(
    converse: Converse, channel: RecordingChannel, connected: Callable[[str, str], None], user: str
) -> Callable[[Any], dict[str, Any]]:
    """What the user's connection is answered."""
    connected(user, f"{user}-asks")

    def say(message: Any) -> dict[str, Any]:
        body = message if isinstance(message, str) else json.dumps(message)
        assert converse("MESSAGE", f"{user}-asks", body=body) == 200
        [(connection_id, answer)] = channel.posted
        channel.posted.clear()
        assert connection_id == f"{user}-asks"
        return answer

    return say


type Ask = Callable[[Any], dict[str, Any]]


def test_sync_tells_open_jobs_as_status_does_with_their_version(ask: Ask, store: JobStore, user: str) -> None:
    job = store.create(pending_job(user_id=user)).job
    store.apply(job.job_id, Progressed(state=State.GENERATING, progress=40, message="Presque"), minutes(1))
    store.apply(store.create(pending_job(user_id=user)).job.job_id, completed("x"), minutes(1))
    expected = {
        "job_id": job.job_id,
        "status": "GENERATING",
        "progress": 40,
        "message": "Presque",
        "created_at": "2026-01-02T12:00:00.678Z",
        "updated_at": "2026-01-02T12:01:00.678Z",
        "version": 2,
    }
    assert ask({"type": "sync"}) == {"type": "sync", "jobs": [expected], "complete": True, "unreadCount": 0}


def test_row_28_sync_tells_of_named_jobs_that_have_ended_and_of_no_one_elses(ask: Ask, store: JobStore, user: str) -> None:
    mine, theirs = store.create(pending_job(user_id=user)).job, store.create(pending_job()).job
    for job in (mine, theirs):
        store.apply(job.job_id, completed(job.job_id), minutes(1))
    answer = ask({"type": "sync", "job_ids": [theirs.job_id, mine.job_id, mine.job_id, new_job_id(), "../x", ""]})
    assert [(job["job_id"], job["status"]) for job in answer["jobs"]] == [(mine.job_id, "COMPLETED")]


def test_what_does_not_fit_into_one_message_is_left_out_and_said(ask: Ask, store: JobStore, user: str) -> None:
    for _ in range(60):
        job = store.create(pending_job(user_id=user)).job
        store.apply(job.job_id, Progressed(state=State.SAVING, progress=90, message="é" * 1900), minutes(1))
    answer = ask({"type": "sync"})
    assert answer["complete"] is False
    assert 10 < len(answer["jobs"]) < 60
    assert len(json.dumps(answer, ensure_ascii=False).encode()) < 128 * 1024


def test_more_open_jobs_than_one_answer_looks_at_are_said_to_be_left_out(
    ask: Ask, store: JobStore, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live.answering._MOST_JOBS", 3)
    for _ in range(3):
        job = store.create(pending_job(user_id=user)).job
    assert ask({"type": "sync"})["complete"] is True
    store.create(pending_job(user_id=user))
    answer = ask({"type": "sync", "job_ids": [job.job_id]})
    assert answer["complete"] is False
    assert 3 <= len(answer["jobs"]) <= 4


def test_ping_is_answered(ask: Ask) -> None:
    assert ask({"type": "ping", "whatever": 1}) == {"type": "pong"}


@pytest.mark.parametrize(
    "said",
    [
        *("", "no json", "[]", "null", "{}", "[" * 2000, "\ud800", '{"type": "destroy"}', '{"type": "sync", "job_ids": 3}'),
        json.dumps({"type": "sync", "job_ids": ["x"] * 51}),
    ],
)
def test_row_15_what_nobody_understands_is_said_to_be_so(said: str, ask: Ask) -> None:
    assert ask(said) == {"type": "error", "code": "invalid_message", "message": "Message incompris."}


def test_row_15_a_message_over_4_kib_is_not_read(ask: Ask) -> None:
    assert ask({"type": "ping", "padding": "é" * 2048})["code"] == "message_too_large"


@pytest.mark.parametrize("kind", ["ping", "sync"])
def test_whoever_is_not_known_is_told_to_connect_again(kind: str, converse: Converse, channel: RecordingChannel) -> None:
    assert converse("MESSAGE", "c-unknown", body=json.dumps({"type": kind})) == 200
    [(_, answer)] = channel.posted
    assert answer["code"] == "unknown_connection"


def test_a_table_that_is_away_is_said_to_be_so(ask: Ask) -> None:
    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    client("dynamodb").meta.events.register("before-call.dynamodb.Query", down)
    assert ask({"type": "sync"})["code"] == "unavailable"


def test_whoever_leaves_before_the_answer_is_no_error(converse: Converse, channel: RecordingChannel) -> None:
    channel.gone = {"c-left"}
    assert converse("MESSAGE", "c-left", body='{"type": "ping"}') == 200
