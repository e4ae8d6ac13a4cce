"""The routes. `flask --app examples.backend.app run` serves them; so does `python -m examples.backend`."""

from __future__ import annotations

import atexit
import hmac
from typing import Any

from flask import Flask, Response, abort, current_app, jsonify, request, send_from_directory

from .draw import STYLES
from .jobs import OPEN, Job
from .logs import configure_logging
from .orders import FORMATS, MOST_IMAGES, QUALITIES, SIZES, BadOrder, read_order
from .problems import WrongKey, register_problems
from .service import Backend
from .settings import get_settings
from .texts import say

_BODY_LIMIT = 256 * 1024


def create_app(backend: Backend | None = None) -> Flask:
    """Without an argument everything comes from the environment, as `flask run` wants it."""
    if backend is None:
        configure_logging(get_settings().log_level)
        backend = Backend(get_settings())
        atexit.register(backend.close)
    app = Flask(__package__ or __name__)
    app.config["MAX_CONTENT_LENGTH"] = _BODY_LIMIT
    app.extensions["backend"] = backend
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # true of the default provider
    register_problems(app)
    app.before_request(_check_key)
    app.add_url_rule("/health", view_func=health)
    app.add_url_rule("/api/images/generate", view_func=generate, methods=["POST"])
    app.add_url_rule("/api/images/status/<job_id>", view_func=status)
    app.add_url_rule("/api/images/result/<job_id>", view_func=result)
    app.add_url_rule("/files/<job_id>/<name>", view_func=file)
    return app


def generate() -> tuple[Response, int]:
    backend = _backend()
    order = read_order(_json_body(), backend.settings.webhook_url, request.host_url)
    job = backend.take(order)
    message = say(backend.settings.locale, "accepted")
    return jsonify(job_id=order.job_id, status="PENDING", message=message, created_at=job.created_at), 202


def status(job_id: str) -> Response:
    return jsonify(_view(_backend().book.find(job_id)))


def result(job_id: str) -> Response | tuple[Response, int]:
    job = _backend().book.find(job_id)
    if job.result is None or job.status != "COMPLETED":
        return jsonify({**_view(job), "code": "job_not_finished" if job.status in OPEN else "job_has_no_result"}), 409
    return jsonify({**job.result, "message": job.message})


def file(job_id: str, name: str) -> Response:
    root = _backend().files.root
    if root is None:
        abort(404)
    return send_from_directory(root, f"{job_id}/{name}")  # both are a stranger's, `..` included


def health() -> tuple[Response, int]:
    backend = _backend()
    features = {
        "sizes": SIZES,
        "formats": FORMATS,
        "styles": STYLES,
        "qualities": QUALITIES,
        "most_images": MOST_IMAGES,
        "uploads": True,
        "input_image": True,
        "generator": backend.generator.model_name,
    }
    word, code = ("closing", 503) if backend.is_closing else ("ok", 200)
    return jsonify(status=word, service="example-backend", features=features), code


def _backend() -> Backend:
    backend = current_app.extensions["backend"]
    if not isinstance(backend, Backend):
        raise TypeError("create_app puts a Backend here")
    return backend


def _check_key() -> None:
    """Everything under /api needs the key, if there is one; compared as bytes, in constant time."""
    key = _backend().settings.api_key
    if key is None or not request.path.startswith("/api/"):
        return
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not hmac.compare_digest(given.strip().encode(), key.encode()):
        raise WrongKey


def _json_body() -> Any:
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError:  # nested by the thousand
        body = None
    if body is None:
        raise BadOrder([{"pointer": "", "detail": "must be a JSON object"}])
    return body


def _view(job: Job) -> dict[str, Any]:
    view = {
        "job_id": job.order.job_id,
        "status": job.status,
        "progress": job.progress,
        "message": job.message,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
    }
    if job.error_code:
        view |= {"error": job.message, "error_code": job.error_code}
    return view
