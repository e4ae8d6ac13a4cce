"""The example backend on a port of its own, sound or with one fault planted in it by a patch of a few lines."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import requests
from flask import Flask, Response, jsonify, request
from PIL import Image
from werkzeug.serving import make_server

from examples.backend import app as routes
from examples.backend import story, webhook
from examples.backend.faults import Switches
from examples.backend.generator import Picture, encode
from examples.backend.jobs import Job, JobBook
from examples.backend.orders import Order, read_order
from examples.backend.service import Backend, open_session
from examples.backend.settings import Settings
from examples.backend.webhook import Reporter
from local.ports import LOOPBACK
from sorami.jobs import new_job_id
from tests.support.serving import serving

SECRET, KEY = "the-webhook-secret", "the-backend-key"
SOUND = Settings(webhook_secret=SECRET, api_key=KEY, seconds_per_job=0, workers=8, shutdown_seconds=0)

type Plant = Callable[[pytest.MonkeyPatch, Backend, Flask], None]


class PlainGenerator:
    """One colour, at once."""

    model_name = "plain"
    version = "1"

    def generate(self, order: Order, index: int, source: Image.Image | None) -> Picture:
        image = Image.new("RGB", (order.width, order.height), (index * 60, 90, 120))
        return Picture(encode(image, order.format, order.quality), order.width, order.height)


@contextmanager
def served(patch: pytest.MonkeyPatch, plant: Plant | None = None, settings: Settings = SOUND) -> Iterator[str]:
    """Its URL. An outcome is sent again after a few hundredths of a second."""
    patch.setattr(webhook, "wait_before", lambda _attempt, _at_least: 0.05)
    backend = Backend(settings, generator=PlainGenerator())
    app = routes.create_app(backend)
    if plant:
        plant(patch, backend, app)
    try:
        with serving(make_server(LOOPBACK, 0, app, threaded=True)) as url:
            yield url
    finally:
        backend.close()


def _reporting(reporter: type[Reporter]) -> Plant:
    return lambda patch, _backend, _app: patch.setattr(story, "Reporter", reporter)


def _sending(send: Callable[[str, dict[str, Any]], None]) -> Plant:
    """`send` changes what a request is sent with: method, and requests' own keyword arguments."""

    class Session(requests.Session):
        def request(self, method: Any, url: Any, *given: Any, **sent: Any) -> requests.Response:
            send(method, sent)
            return super().request(method, url, *given, **sent)

    def session() -> requests.Session:
        plain, meddling = open_session(), Session()
        meddling.auth = plain.auth
        return meddling

    def plant(_patch: pytest.MonkeyPatch, backend: Backend, _app: Flask) -> None:
        backend._tools = replace(backend._tools, open_session=session)

    return plant


def _reading(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Plant:
    def read(body: Any, default: str | None, base_url: str) -> Order:
        return read_order(change(body), default, base_url)

    return lambda patch, _backend, _app: patch.setattr(routes, "read_order", read)


def _telling(change: Callable[[dict[str, Any]], object]) -> Plant:
    """`change` lies about the first image, in the report and in the result alike."""
    truth = story._Telling._result

    def result(self: Any, pictures: Any, stored: Any) -> dict[str, Any]:
        said = truth(self, pictures, stored)
        change(said["images"][0])
        return said

    return lambda patch, _backend, _app: patch.setattr(story._Telling, "_result", result)


def _routing(answer: Callable[[str], Response | None]) -> Plant:
    """`answer` speaks instead of the routes where it has something to say of a path."""

    def plant(_patch: pytest.MonkeyPatch, _backend: Backend, app: Flask) -> None:
        app.before_request_funcs.setdefault(None, []).insert(0, lambda: answer(request.path))

    return plant


class _OwnJobId(Reporter):
    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._job_id = new_job_id()


class _WrongSecret(Reporter):
    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._secret = lambda: "yesterday's"


class _FallingProgress(Reporter):
    def progress(self, status: str, progress: int, message: str) -> None:
        super().progress(status, 100 - progress, message)


class _DiscouragedByBrokenConnections(Reporter):
    def _post(self, *given: Any, **more: Any) -> requests.Response | None:
        answer = super()._post(*given, **more)
        if answer is None:
            answer = requests.Response()
            answer.status_code = 404
        return answer


def _own_header(method: str, sent: dict[str, Any]) -> None:
    if method == "PUT":
        sent["headers"] = {"Content-Type": "application/octet-stream"}


def _own_authorization(method: str, sent: dict[str, Any]) -> None:
    if method == "PUT":
        sent["headers"] |= {"Authorization": "Bearer of everything"}


def _no_secret(method: str, sent: dict[str, Any]) -> None:
    sent["headers"].pop("X-Webhook-Secret", None)


def _no_proof(method: str, sent: dict[str, Any]) -> None:
    for name in ("X-Webhook-Secret", "webhook-id", "webhook-timestamp", "webhook-signature"):
        sent["headers"].pop(name, None)


def _compressed(method: str, sent: dict[str, Any]) -> None:
    if method == "POST":
        sent["data"] = gzip.compress(sent["data"])
        sent["headers"]["Content-Encoding"] = "gzip"


def _works_each_time(_patch: pytest.MonkeyPatch, backend: Backend, _app: Flask) -> None:
    once = JobBook.add_once

    def add(order: Order, message: str, start: Callable[[str], None]) -> Job:
        is_known = order.job_id in backend.book._jobs
        job = once(backend.book, order, message, start)
        if is_known:
            start(order.job_id)
        return job

    backend.book.add_once = add  # type: ignore[method-assign]


def _status_word(change: Callable[[str], str]) -> Plant:
    view = routes._view

    def changed(job: Job) -> dict[str, Any]:
        said = view(job)
        return said | {"status": change(said["status"])}

    return lambda patch, _backend, _app: patch.setattr(routes, "_view", changed)


def _not_found(path: str) -> Response | None:
    if not path.startswith("/api/images/status/"):
        return None
    answer = jsonify(error="Not Found")
    answer.status_code = 404
    return answer


def _knows_everything(path: str) -> Response | None:
    if not path.startswith("/api/images/status/"):
        return None
    return jsonify(job_id=path.rpartition("/")[2], status="COMPLETED", progress=100, message="")


def _result_of_another_job(_patch: pytest.MonkeyPatch, _backend: Backend, app: Flask) -> None:
    @app.after_request
    def swap(response: Response) -> Response:
        if request.path.startswith("/api/images/result/") and response.status_code == 200:
            response.set_data(json.dumps(response.get_json() | {"job_id": new_job_id()}))
        return response


def _setting(name: str, value: object) -> Plant:
    return lambda patch, _backend, _app: patch.setattr(webhook, name, value)


def _switched(switches: Switches) -> Plant:
    def plant(_patch: pytest.MonkeyPatch, backend: Backend, _app: Flask) -> None:
        backend._faults._switches = switches

    return plant


def _open_door(_patch: pytest.MonkeyPatch, backend: Backend, _app: Flask) -> None:
    backend.settings = replace(backend.settings, api_key=None)


PLANTED: Mapping[str, Plant] = {
    "a job_id of its own": _reporting(_OwnJobId),
    "works each time it is asked": _works_each_time,
    "no secret and no signature": _sending(_no_proof),
    "signature alone": _sending(_no_secret),
    "wrong secret": _reporting(_WrongSecret),
    "signed with another key": _setting("signature_headers", lambda _secret, name, _body: {"webhook-id": name}),
    "reports compressed": _sending(_compressed),
    "progress falls": _reporting(_FallingProgress),
    "reports shuffled": _switched(Switches(reorder=True, seed="1")),
    "gives up on 503": _setting("_FINAL", frozenset({400, 404, 413, 503})),
    "gives up on a broken connection": _reporting(_DiscouragedByBrokenConnections),
    "repeats what is final": _setting("_FINAL", frozenset()),
    "ignores uploads": _reading(lambda body: body | {"uploads": []}),
    "another header on the upload": _sending(_own_header),
    "another authorization on the upload": _sending(_own_authorization),
    "no status route": _routing(_not_found),
    "knows every job": _routing(_knows_everything),
    "result of another job": _result_of_another_job,
    "unknown status word": _status_word(lambda _word: "DONE"),
    "status in small letters": _status_word(str.lower),
    "wrong size": _telling(lambda image: image.update(size_bytes=image["size_bytes"] + 1)),
    "wrong dimensions": _telling(lambda image: image.update(dimensions="1024x1024")),
    "a format nobody knows": _telling(lambda image: image.update(format="GIF")),
    "a file of another job": _telling(lambda image: image.update(file_path=f"images/{new_job_id()}/image_1.webp")),
    "never reports": _switched(Switches(drop_rate=1.0)),
    "asks for no key": _open_door,
    "takes nonsense": _reading(lambda body: body | {"prompt": body["prompt"] or "?", "num_images": 1, "size": "512x512"}),
    "one image whatever is asked": _reading(lambda body: body | {"num_images": 1} if body["prompt"] else body),
    "deaf to cancellations": _setting("_says_that_nobody_waits", lambda _status, _body: False),
}
