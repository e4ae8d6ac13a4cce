"""`POST /api/images/{id}/cancel` and `DELETE /api/images/{id}`."""

from functools import cache
from http import HTTPStatus
from typing import Any

from discard.discarding import Discarding
from discard.files import JobFiles
from sorami.clients import client, later
from sorami.events import Event, Response, Routes, answer, caller, dispatch, no_content, path_parameter
from sorami.observability import instrumented
from sorami.problems import answers_problems
from sorami.settings import CommonSettings, load
from sorami.starting import ready
from sorami.store import JobStore
from sorami.times import now
from sorami.values import dataclass
from sorami.wire.render import status_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    jobs_table: str
    images_bucket: str


@cache
def discarding() -> Discarding:
    """Everything that discarding needs, put together once per worker."""
    settings = load(Settings)
    return Discarding(
        jobs=JobStore(client("dynamodb"), settings.jobs_table),
        files=JobFiles(later(lambda: client("s3")), settings.images_bucket),
        locale=settings.locale,
        clock=now,
    )


def _cancel(event: Event) -> Response:
    job = discarding().cancel_job(path_parameter(event, "id"), caller(event).user_id)
    return answer(HTTPStatus.OK, status_answer(job))


def _delete(event: Event) -> Response:
    discarding().delete_job(path_parameter(event, "id"), caller(event).user_id)
    return no_content()


ROUTES: Routes = {
    "POST /api/images/{id}/cancel": _cancel,
    "DELETE /api/images/{id}": _delete,
}


@instrumented
@answers_problems(lambda: load(Settings).locale)
def handler(event: Event, _context: Any) -> Response:
    return dispatch(ROUTES, event)


ready(discarding)
