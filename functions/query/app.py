"""Every read of the API, its description, and marking notifications. The gateway has matched the route; a dictionary finds the
answer."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from query.documents import serve
from query.images import Images
from sorami import VERSION
from sorami.artifacts import Artifacts
from sorami.clients import client, later
from sorami.cursors import Cursors
from sorami.events import (
    Event,
    Response,
    Routes,
    answer,
    answer_if_changed,
    caller,
    dispatch,
    parse_body,
    parse_query,
    path_parameter,
)
from sorami.jobs import State
from sorami.observability import instrumented
from sorami.presigning import presigner
from sorami.problems import RETRY_AFTER_SECONDS, answers_problems
from sorami.secrets import SecretReader
from sorami.settings import CommonSettings, load
from sorami.starting import ready
from sorami.store import JobStore
from sorami.times import iso, now
from sorami.values import dataclass
from sorami.wire.answers import Health

if TYPE_CHECKING:
    from query.notifications import Notifications


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    jobs_table: str
    notifications_table: str
    images_bucket: str
    cursor_secret_id: str
    image_retention_days: str


@cache
def cursors() -> Cursors:
    secret = SecretReader(later(lambda: client("secretsmanager")), load(Settings).cursor_secret_id)
    return Cursors(lambda: secret.values()["key"])


@cache
def images() -> Images:
    settings = load(Settings)
    return Images(
        jobs=JobStore(client("dynamodb"), settings.jobs_table),
        artifacts=Artifacts(later(presigner), settings.images_bucket),
        cursors=cursors(),
        retention=timedelta(days=int(settings.image_retention_days)),
        clock=now,
    )


@cache
def notifications() -> "Notifications":
    """What a status, which most requests ask for, does not load."""
    from query.notifications import Notifications  # noqa: PLC0415
    from sorami.feed import Feed  # noqa: PLC0415

    settings = load(Settings)
    return Notifications(
        feed=Feed(client("dynamodb"), settings.notifications_table),
        cursors=cursors(),
        locale=settings.locale,
        clock=now,
    )


def _locale() -> str:
    return load(Settings).locale


def _status(event: Event) -> Response:
    status = images().get_status(path_parameter(event, "id"), caller(event).user_id)
    is_open = not State(status["status"]).is_terminal
    return answer_if_changed(event, status, {"retry-after": str(RETRY_AFTER_SECONDS)} if is_open else {})


def _result(event: Event) -> Response:
    return _ok(images().get_result(path_parameter(event, "id"), caller(event).user_id))


# A status and a result are most of what is asked, and need no pydantic: the models come with the first request that has any.


def _gallery(event: Event) -> Response:
    from sorami.wire.requests import GalleryQuery  # noqa: PLC0415

    return _ok(images().list_generations(parse_query(GalleryQuery, event, _locale()), caller(event).user_id))


def _feed(event: Event) -> Response:
    from sorami.wire.requests import FeedQuery  # noqa: PLC0415

    return _ok(notifications().list_notifications(parse_query(FeedQuery, event, _locale()), caller(event).user_id))


def _mark(event: Event) -> Response:
    from sorami.wire.requests import MarkRequest  # noqa: PLC0415

    user_id = caller(event).user_id
    return _ok(notifications().mark_notification(parse_body(MarkRequest, event, _locale()), user_id))


def _read_all(event: Event) -> Response:
    from sorami.wire.requests import ReadAllRequest  # noqa: PLC0415

    user_id = caller(event).user_id
    return _ok(notifications().mark_all(parse_body(ReadAllRequest, event, _locale()), user_id))


def _health(_event: Event) -> Response:
    health: Health = {"status": "ok", "service": "sorami-images", "version": VERSION, "time": iso(now())}
    return _ok(health)


def _ok(content: Mapping[str, Any]) -> Response:
    return answer(HTTPStatus.OK, content)


ROUTES: Routes = {
    "GET /api/images/{id}/status": _status,
    "GET /api/images/{id}/result": _result,
    "GET /api/images/user": _gallery,
    "GET /api/notifications": _feed,
    "PUT /api/notifications": _mark,
    "POST /api/notifications/read-all": _read_all,
    "GET /health": _health,
    "GET /openapi.json": lambda event: serve(event, "openapi.json"),
    "GET /docs": lambda event: serve(event, "docs.html"),
}


@instrumented
@answers_problems(_locale)
def handler(event: Event, _context: Any) -> Response:
    return dispatch(ROUTES, event)


ready(images)
