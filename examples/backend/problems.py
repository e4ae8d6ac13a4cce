"""Errors as `application/problem+json` (RFC 9457), with the contract's extra keys; never an exception's own text."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from .faults import Refused
from .jobs import UnknownJob
from .orders import BadOrder
from .pool import Closing, PoolFull


class WrongKey(Exception):
    """No bearer key, or not ours."""


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    title = HTTPStatus(status).phrase
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "error": title,
        "message": detail,
        **more,
    }
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def register_problems(app: Flask) -> None:
    app.register_error_handler(BadOrder, _bad_order)
    app.register_error_handler(WrongKey, _wrong_key)
    app.register_error_handler(PoolFull, _pool_full)
    app.register_error_handler(Closing, _closing)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(UnknownJob, _unknown_job)
    app.register_error_handler(HTTPException, _http_error)


def _bad_order(error: BadOrder) -> Response:
    errors: Sequence[object] = error.errors
    return problem(400, "invalid_input", "The request is not a valid order for images.", errors=errors)


def _wrong_key(_error: WrongKey) -> Response:
    response = problem(401, "unauthorized", "The backend API key is missing or wrong.")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _pool_full(_error: PoolFull) -> Response:
    response = problem(429, "too_many_jobs", "Every worker is busy and the queue is full; try again soon.")
    response.headers["Retry-After"] = "5"
    return response


def _closing(_error: Closing) -> Response:
    response = problem(503, "shutting_down", "This backend is shutting down and takes no more jobs; try again soon.")
    response.headers["Retry-After"] = "30"
    return response


def _refused(_error: Refused) -> Response:
    return problem(503, "unavailable", "This backend cannot take the job now; try again soon.")


def _unknown_job(_error: UnknownJob) -> Response:
    return problem(404, "job_not_found", "This backend has no such job.")


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    return problem(status, HTTPStatus(status).name.lower(), HTTPStatus(status).description or HTTPStatus(status).phrase)
