"""Tickets over the HTTP API, and the three routes of the WebSocket API: `$connect`, `$disconnect` and `$default`."""

from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from live.answering import Answering
from live.connecting import Connecting
from sorami.channel import Channel
from sorami.clients import client, later
from sorami.connections import Connections
from sorami.events import Event, Response, Routes, answer, caller, dispatch
from sorami.feed import Feed
from sorami.observability import count, instrumented, logger
from sorami.problems import answers_problems
from sorami.settings import CommonSettings, load
from sorami.starting import ready
from sorami.store import JobStore
from sorami.tickets import Tickets
from sorami.times import iso, now
from sorami.values import dataclass
from sorami.wire.answers import TicketAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    jobs_table: str
    notifications_table: str
    live_url: str


@cache
def tickets() -> Tickets:
    return Tickets(client("dynamodb"), load(Settings).notifications_table)


@cache
def connecting() -> Connecting:
    return Connecting(
        tickets=tickets(),
        connections=Connections(client("dynamodb"), load(Settings).notifications_table),
        channel=Channel(later(lambda: client("apigatewaymanagementapi"))),
        clock=now,
    )


@cache
def answering() -> Answering:
    settings = load(Settings)
    return Answering(
        connections=Connections(client("dynamodb"), settings.notifications_table),
        jobs=JobStore(client("dynamodb"), settings.jobs_table),
        feed=Feed(client("dynamodb"), settings.notifications_table),
        channel=Channel(later(lambda: client("apigatewaymanagementapi"))),
        locale=settings.locale,
    )


def _locale() -> str:
    return load(Settings).locale


def _issue_ticket(event: Event) -> Response:
    ticket = tickets().issue(caller(event).user_id, now())
    content: TicketAnswer = {
        "url": f"{load(Settings).live_url}?{urlencode({'ticket': ticket.text})}",
        "expires_at": iso(ticket.expires_at),
    }
    return answer(HTTPStatus.CREATED, content)


def _connect(connection_id: str, event: Event) -> HTTPStatus:
    ticket = (event.get("queryStringParameters") or {}).get("ticket")
    if not isinstance(ticket, str) or not connecting().connect(connection_id, ticket):
        count("ConnectionsRefused")
        return HTTPStatus.FORBIDDEN
    count("ConnectionsOpened")
    return HTTPStatus.OK


def _converse(connection_id: str, event: Event) -> HTTPStatus:
    match event["requestContext"]["eventType"]:
        case "CONNECT":
            return _connect(connection_id, event)
        case "DISCONNECT":
            connecting().disconnect(connection_id)
        case _:
            answering().answer(connection_id, event.get("body") or "")
    return HTTPStatus.OK


def _answer_gateway(event: Event) -> Response:
    """Nothing may escape: one gateway shows a client the text of what does."""
    try:
        return {"statusCode": _converse(event["requestContext"]["connectionId"], event).value}
    except Exception:  # noqa: BLE001  # the gateway's last line, as said above
        logger.exception("a live connection met an error", extra={"event_type": event["requestContext"].get("eventType")})
        count("LiveErrors")
        return {"statusCode": HTTPStatus.INTERNAL_SERVER_ERROR.value}


ROUTES: Routes = {"POST /api/notifications/ticket": _issue_ticket}


@answers_problems(_locale)
def _answer_api(event: Event, _context: Any) -> Response:
    return dispatch(ROUTES, event)


@instrumented
def handler(event: Event, context: Any) -> Response:
    if "connectionId" in event["requestContext"]:
        return _answer_gateway(event)
    return _answer_api(event, context)


ready(tickets)
