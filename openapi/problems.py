"""Errors as the API answers them: the problem documents of `sorami.problems`, and what the gateway says by itself."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypedDict

from openapi.headers import RATE_LIMITS, RETRY_AFTER
from openapi.model import Header, Proof, Route
from openapi.refusals import code_of
from sorami import errors
from sorami.errors import ServiceError
from sorami.jobs import State
from sorami.problems import status_of
from sorami.wire.answers import JobId

PROBLEM = "application/problem+json"


class Fault(TypedDict):
    pointer: str
    detail: str


class _Words(TypedDict):
    type: str
    title: str
    detail: str
    code: str
    request_id: str
    error: str
    message: str


class Problem(_Words):
    status: int


class InvalidRequestProblem(Problem):
    errors: list[Fault]


class JobStateProblem(_Words):
    status: State
    job_id: JobId
    progress: int


class BackendRejectedProblem(Problem):
    job_id: JobId


class GatewayMessage(TypedDict):
    message: str


SHAPES: Mapping[type[ServiceError], Any] = {
    errors.InvalidRequest: InvalidRequestProblem,
    errors.InvalidCursor: InvalidRequestProblem,
    errors.InvalidIdempotencyKey: InvalidRequestProblem,
    errors.JobNotFinished: JobStateProblem,
    errors.JobAlreadyFinished: JobStateProblem,
    errors.JobStillOpen: JobStateProblem,
    errors.BackendRejected: BackendRejectedProblem,
}
"""Errors whose documents have further members; the others are plain problems."""

_WORDS: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "The request is not valid. `errors` names every fault at once.",
    HTTPStatus.UNAUTHORIZED: "No usable proof of who calls. The gateway's authorizer answers in its own short shape.",
    HTTPStatus.NOT_FOUND: "No such thing for this caller. What belongs to another user is answered in the same way.",
    HTTPStatus.CONFLICT: "The job is in a state that does not allow this.",
    HTTPStatus.GONE: "It was there once: the files have expired, or the job of this `Idempotency-Key` was deleted.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is over 256 KiB.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests. The gateway's throttle answers in its own short shape.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A fault of the service. Its log has the reason under `request_id`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The `Idempotency-Key` was used before with another body.",
    HTTPStatus.BAD_GATEWAY: "The generation backend refused this very request for good. The job is FAILED.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something the service needs does not answer. Try again after `Retry-After`.",
}
_OF_THE_GATEWAY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)


def errors_of(route: Route) -> list[type[ServiceError]]:
    """What may be raised behind a route: its own errors, and those of every route of its kind."""
    found = list(route.errors)
    if route.proof is not Proof.NONE:
        found += [errors.Unauthorized, errors.StoreUnavailable, errors.SecretUnavailable]
    if route.body or route.query:
        found.append(errors.InvalidRequest)
    if route.body:
        found.append(errors.PayloadTooLarge)
    return [*found, errors.ConfigurationError]


def problem_answers(route: Route) -> Iterator[tuple[HTTPStatus, dict[str, Any]]]:
    """A response object of OpenAPI for each status that the service or the gateway may answer instead of what was asked."""
    by_status: dict[HTTPStatus, list[type[ServiceError]]] = defaultdict(list)
    for kind in errors_of(route):
        by_status[status_of(kind)].append(kind)
    for status in sorted({*by_status, *_gateway_statuses(route)}):
        yield status, _answer(status, by_status[status], by_gateway=status in _gateway_statuses(route))


def _gateway_statuses(route: Route) -> set[HTTPStatus]:
    found = set(_OF_THE_GATEWAY)
    if route.proof is Proof.USER_TOKEN:
        found.add(HTTPStatus.UNAUTHORIZED)
    if "{" in route.path:
        found.add(HTTPStatus.NOT_FOUND)
    if route.body:
        found.add(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return found


def _answer(status: HTTPStatus, kinds: Sequence[type[ServiceError]], *, by_gateway: bool) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if kinds:
        samples = {code: {"$ref": f"#/components/examples/{code}"} for code in sorted(map(code_of, kinds))}
        content[PROBLEM] = {"schema": _schema(status, kinds), "examples": samples}
    if by_gateway:
        content["application/json"] = {
            "schema": {"$ref": "#/components/schemas/GatewayMessage"},
            "example": {"message": status.phrase},
        }
    answer: dict[str, Any] = {"description": _WORDS[status]}
    if headers := list(_headers(status, kinds)):
        answer["headers"] = {one.name: {"description": one.text, "schema": dict(one.schema)} for one in headers}
    return {**answer, "content": content}


def _headers(status: HTTPStatus, kinds: Sequence[type[ServiceError]]) -> Iterator[Header]:
    """Those of the service; the gateway's own answers have none of them."""
    if kinds and status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        yield RETRY_AFTER
    if errors.TooManyOpenJobs in kinds:
        yield from RATE_LIMITS


def _schema(status: HTTPStatus, kinds: Sequence[type[ServiceError]]) -> dict[str, Any]:
    by_shape: dict[str, list[str]] = defaultdict(list)
    for kind in kinds:
        by_shape[SHAPES.get(kind, Problem).__name__].append(code_of(kind))
    schemas = [_narrowed(shape, status, codes) for shape, codes in by_shape.items()]
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


def _narrowed(shape: str, status: HTTPStatus, codes: Sequence[str]) -> dict[str, Any]:
    """The shape with the codes and the status that are possible here."""
    members: dict[str, Any] = {"code": {"enum": sorted(set(codes))}}
    if shape != JobStateProblem.__name__:  # there `status` is the job's state
        members["status"] = {"const": status.value}
    return {"allOf": [{"$ref": f"#/components/schemas/{shape}"}, {"properties": members}]}
