"""Waiting that costs little: tags, hints, and what pages may read of them."""

from collections.abc import Callable

import pytest
import requests

from local.stack import Stack
from tests.support.api import Api, completed, progress

_PAGE = "http://localhost:3000"
_READABLE = {"etag", "idempotent-replayed", "location", "ratelimit", "ratelimit-policy", "retry-after"}


def _look(api: Api, job_id: str, tag: str = "") -> requests.Response:
    headers = {"If-None-Match": tag} if tag else {}
    return api.request("GET", f"/api/images/{job_id}/status", headers=headers)


def test_a_status_that_has_not_changed_is_304_and_news_is_200(api: Api) -> None:
    job_id = api.new_job()
    first = _look(api, job_id)
    assert (first.status_code, first.headers["Retry-After"]) == (200, "2")
    same = _look(api, job_id, first.headers["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    assert (same.headers["ETag"], same.headers["Retry-After"]) == (first.headers["ETag"], "2")
    assert api.webhook(progress(job_id, "generating", 60)).json()["applied"] is True
    news = _look(api, job_id, first.headers["ETag"])
    assert (news.status_code, news.json()["progress"]) == (200, 60)
    assert api.webhook(completed(job_id)).json()["applied"] is True
    assert "Retry-After" not in _look(api, job_id, news.headers["ETag"]).headers


_ANSWERS: dict[str, tuple[Callable[[Api], requests.Response], int]] = {
    "a status": (lambda api: _from_a_page(api, "GET", f"/api/images/{api.new_job()}/status"), 200),
    "a bad request": (lambda api: _from_a_page(api, "POST", "/api/images/generate", json={}), 400),
    "nothing found": (lambda api: _from_a_page(api, "GET", "/api/images/x/status"), 404),
    "too early": (lambda api: _from_a_page(api, "DELETE", f"/api/images/{api.new_job()}"), 409),
}


def _from_a_page(api: Api, method: str, path: str, **more: object) -> requests.Response:
    return api.request(method, path, headers={"Origin": _PAGE}, **more)


@pytest.mark.parametrize("case", _ANSWERS)
def test_a_page_may_read_answers_and_errors_with_their_headers(case: str, api: Api) -> None:
    ask, status = _ANSWERS[case]
    answer = ask(api)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == _PAGE
    exposed = {name.strip().lower() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed >= _READABLE


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/images/generate"),
        ("POST", "/api/images/uploads"),
        ("GET", "/api/images/x/status"),
        ("POST", "/api/images/x/cancel"),
        ("DELETE", "/api/images/x"),
        ("PUT", "/api/notifications"),
        ("POST", "/api/notifications/read-all"),
    ],
)
def test_a_page_may_ask_before_every_kind_of_call(method: str, path: str, stack: Stack) -> None:
    asked = {"Access-Control-Request-Method": method}
    asked["Access-Control-Request-Headers"] = "authorization,content-type,idempotency-key,if-none-match"
    answer = requests.options(f"{stack.api_url}{path}", headers={"Origin": _PAGE, **asked}, timeout=20)
    assert answer.headers["Access-Control-Allow-Origin"] == _PAGE
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert allowed >= {"authorization", "content-type", "idempotency-key", "if-none-match"}
