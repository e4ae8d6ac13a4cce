"""Bad requests get one answer that names every fault, and leave nothing behind."""

import json
from typing import Any

import pytest
import requests

from local.stack import Stack
from tests.support.api import Api
from tests.support.tables import Tables

_BODIES: dict[str, tuple[bytes, int, list[str]]] = {
    "not JSON": (b"prompt=un chat", 400, ["#"]),
    "an array": (b"[]", 400, ["#"]),
    "prompt missing": (b"{}", 400, ["#/prompt"]),
    "prompt blank": (b'{"prompt": "  \\n "}', 400, ["#/prompt"]),
    "prompt too long": (json.dumps({"prompt": "x" * 4001}).encode(), 400, ["#/prompt"]),
    "control character": (b'{"prompt": "a\\u0000b"}', 400, ["#/prompt"]),
    "lone surrogate": (b'{"prompt": "\\ud800"}', 400, ["#"]),
    "no images": (b'{"prompt": "x", "num_images": 0}', 400, ["#/num_images"]),
    "five images": (b'{"prompt": "x", "num_images": 5}', 400, ["#/num_images"]),
    "images in words": (b'{"prompt": "x", "num_images": "x"}', 400, ["#/num_images"]),
    "unknown size": (b'{"prompt": "x", "size": "1x1"}', 400, ["#/size"]),
    "private address": (b'{"prompt": "x", "input_image_url": "http://169.254.169.254/"}', 400, ["#/input_image_url"]),
    "everything at once": (
        b'{"num_images": 9, "size": "1x1", "format": "GIF", "style": "x", "quality": "x"}',
        400,
        ["#/prompt", "#/num_images", "#/size", "#/format", "#/style", "#/quality"],
    ),
    "300 KiB": (json.dumps({"prompt": "x" * 300 * 1024}).encode(), 413, []),
    "deeply nested": (b'{"prompt": ' + b"[" * 20_000, 400, ["#"]),
}


@pytest.mark.parametrize("case", _BODIES)
def test_a_bad_body_is_refused_by_name_and_nothing_is_stored(case: str, api: Api, stack: Stack) -> None:
    body, status, pointers = _BODIES[case]
    answer = api.request("POST", "/api/images/generate", data=body, headers={"Content-Type": "application/json"})
    content: dict[str, Any] = answer.json()
    assert answer.status_code == content["status"] == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [fault["pointer"] for fault in content.get("errors", [])] == pointers
    assert content["error"] == content["title"]
    assert content["message"] == content["detail"]
    assert Tables.of(stack).jobs_of(api.user) == []


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"page": 0}, {"status": "DONE"}, {"cursor": "forged"}], ids=str
)
def test_a_bad_query_is_400(query: dict[str, Any], api: Api) -> None:
    assert api.get("/api/images/user", **query).status_code == requests.codes.bad_request


def test_pages_by_number_and_by_cursor_show_the_same_jobs(api: Api) -> None:
    made = [api.new_job(f"!silent {number}") for number in range(5)]
    by_number = [api.get("/api/images/user", status="ALL", limit=2, page=page).json() for page in (1, 2, 3)]
    ids = [[card["id"] for card in page["generations"]] for page in by_number]
    assert [job_id for page in ids for job_id in page] == made[::-1]
    second = api.get("/api/images/user", status="ALL", limit=2, cursor=by_number[0]["next_cursor"]).json()
    assert ([card["id"] for card in second["generations"]], second["page"]) == (ids[1], 2)
    assert by_number[2]["next_cursor"] is None


def test_a_result_that_is_not_there_yet_is_409_with_where_it_stands(api: Api) -> None:
    answer = api.get(f"/api/images/{api.new_job()}/result")
    assert answer.status_code == requests.codes.conflict
    assert {name: answer.json()[name] for name in ("status", "progress", "code")} == {
        "status": "PENDING",
        "progress": 0,
        "code": "job_not_finished",
    }


def test_a_report_over_256_kib_is_413(api: Api) -> None:
    assert api.webhook({"job_id": api.new_job(), "x": "x" * 300 * 1024}).status_code == requests.codes.request_entity_too_large


@pytest.mark.parametrize("route", ["POST /api/images/uploads", "PUT /api/notifications", "POST /api/notifications/read-all"])
def test_a_body_over_256_kib_is_413_on_every_route_that_takes_one(route: str, api: Api) -> None:
    method, path = route.split()
    answer = api.request(method, path, json={"x": "x" * 256 * 1024})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_a_page_of_an_allowed_origin_may_call_and_others_may_not(stack: Stack) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}

    def allowed(origin: str) -> str | None:
        url = f"{stack.api_url}/api/images/generate"
        return requests.options(url, headers={"Origin": origin, **preflight}, timeout=20).headers.get(
            "Access-Control-Allow-Origin"
        )

    assert allowed("http://localhost:3000") == "http://localhost:3000"
    assert allowed("https://evil.example") is None
