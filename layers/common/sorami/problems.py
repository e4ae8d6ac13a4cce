"""Errors as problem documents (RFC 9457): the one table from error to status, and the wrapper that applies it."""

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from sorami import errors
from sorami.errors import ServiceError
from sorami.events import Event, Response, answer, request_id
from sorami.observability import logger
from sorami.texts import text

RETRY_AFTER_SECONDS = 2
"""When to come back: after a 503, and to look at an open job."""

_RETRY_AFTER = {
    HTTPStatus.SERVICE_UNAVAILABLE: RETRY_AFTER_SECONDS,
    HTTPStatus.TOO_MANY_REQUESTS: 5,  # open jobs end within seconds or minutes, and nobody knows when
}

_STATUS: dict[type[ServiceError], tuple[HTTPStatus, str]] = {
    errors.InvalidCursor: (HTTPStatus.BAD_REQUEST, "problem.invalid_cursor"),
    errors.InvalidIdempotencyKey: (HTTPStatus.BAD_REQUEST, "problem.invalid_idempotency_key"),
    errors.InvalidRequest: (HTTPStatus.BAD_REQUEST, "problem.invalid_request"),
    errors.Unauthorized: (HTTPStatus.UNAUTHORIZED, "problem.unauthorized"),
    errors.JobNotFound: (HTTPStatus.NOT_FOUND, "problem.job_not_found"),
    errors.NotificationNotFound: (HTTPStatus.NOT_FOUND, "problem.notification_not_found"),
    errors.NotFound: (HTTPStatus.NOT_FOUND, "problem.not_found"),
    errors.JobNotFinished: (HTTPStatus.CONFLICT, "problem.job_not_finished"),
    errors.JobAlreadyFinished: (HTTPStatus.CONFLICT, "problem.job_already_finished"),
    errors.JobStillOpen: (HTTPStatus.CONFLICT, "problem.job_still_open"),
    errors.ResultExpired: (HTTPStatus.GONE, "problem.result_expired"),
    errors.JobDeleted: (HTTPStatus.GONE, "problem.job_deleted"),
    errors.PayloadTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "problem.payload_too_large"),
    errors.IdempotencyKeyReused: (HTTPStatus.UNPROCESSABLE_ENTITY, "problem.idempotency_key_reused"),
    errors.TooManyOpenJobs: (HTTPStatus.TOO_MANY_REQUESTS, "problem.too_many_open_jobs"),
    errors.BackendRejected: (HTTPStatus.BAD_GATEWAY, "problem.backend_rejected"),
    errors.BackendUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "problem.unavailable"),
    errors.StoreUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "problem.unavailable"),
    errors.FilesUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "problem.unavailable"),
    errors.SecretUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "problem.unavailable"),
}
_INTERNAL = (HTTPStatus.INTERNAL_SERVER_ERROR, "problem.internal")

type Handler = Callable[[Event, Any], Response]


def status_of(kind: type[ServiceError]) -> HTTPStatus:
    """What the API answers to such an error."""
    return _STATUS.get(kind, _INTERNAL)[0]


def problem(error: Exception, event: Event, locale: str) -> Response:
    """The problem document of an error. An error that is not in the table tells the caller nothing but its request id."""
    known = isinstance(error, ServiceError) and type(error) in _STATUS
    status, key = _STATUS[type(error)] if known else _INTERNAL  # type: ignore[index]  # `known` says so
    extra = error.extra() if isinstance(error, ServiceError) and known else {}
    detail = _detail(error, key, locale)
    content: dict[str, Any] = {
        "type": f"urn:sorami:problem:{_code(error) if known else 'internal'}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": _code(error) if known else "internal",
        "request_id": request_id(event),
        "error": status.phrase,
        "message": detail,
        **extra,
    }
    headers = {"retry-after": str(_RETRY_AFTER[status])} if status in _RETRY_AFTER else {}
    if isinstance(error, ServiceError):
        headers |= error.headers()
    return answer(status, content, headers, media_type="application/problem+json")


def _code(error: Exception) -> str:
    return error.code if isinstance(error, ServiceError) else ServiceError.code


def _detail(error: Exception, key: str, locale: str) -> str:
    faults = ""
    if isinstance(error, errors.InvalidRequest):
        faults = " ".join(text("fault.named", locale, name=one.pointer[2:] or "JSON", fault=one.detail) for one in error.faults)
    elif isinstance(error, errors.JobNotFinished) and error.is_over:
        key = "problem.job_failed"
    return text(key, locale, faults=faults)


def answers_problems(locale: Callable[[], str]) -> Callable[[Handler], Handler]:
    """Wraps an API handler so that whatever it raises becomes an answer, and the unexpected is logged with its trace.

    What went well is a line under `LogLevel` DEBUG alone: the gateway's access log has it anyway.
    """

    def wrap(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def handle(event: Event, context: Any) -> Response:
            try:
                response = handler(event, context)
            except errors.ConfigurationError as error:  # without settings there is no locale to ask for
                logger.exception("misconfigured")
                return problem(error, event, "fr")
            except ServiceError as error:
                response = problem(error, event, locale())
                level = logger.error if response["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR else logger.info
                level("refused", extra={"code": error.code, "reason": str(error), "status": response["statusCode"]})
                return response
            except Exception as error:  # noqa: BLE001  # the API's last line: no text of an exception may reach a caller
                logger.exception("unexpected error")
                return problem(error, event, "fr")
            logger.debug("answered", extra={"route": event["routeKey"], "status": response["statusCode"]})
            return response

        return handle

    return wrap
