import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import responses

from examples.backend.service import Backend
from examples.backend.settings import Settings

from .conftest import WEBHOOK, Body, Served, events

type Serve = Callable[[Settings], Served]


@pytest.fixture
def service(wire: responses.RequestsMock, body: Body) -> responses.RequestsMock:
    wire.post(WEBHOOK, json={"success": True, "applied": True})
    for upload in body["uploads"]:
        wire.put(upload["url"].partition("?")[0])
    return wire


def test_a_job_is_accepted(served: Served, body: Body) -> None:
    answer = served.generate(body)
    assert answer.status_code == 202
    assert answer.json is not None
    assert (answer.json["job_id"], answer.json["status"], answer.json["message"]) == (
        "job-1",
        "PENDING",
        "Génération d'images démarrée",
    )


def test_asked_twice_works_once(served: Served, service: responses.RequestsMock, body: Body) -> None:
    first = served.generate(body)
    served.pool.turn()
    again = served.generate(body)
    served.pool.turn()
    assert (again.status_code, again.json) == (202, first.json)
    assert [event["status"] for event in events(service)].count("completed") == 1


def test_asked_by_many_at_once_works_once(served: Served, body: Body) -> None:
    with ThreadPoolExecutor(16) as callers:
        statuses = [answer.status_code for answer in callers.map(lambda _: served.generate(body), range(64))]
    assert statuses == [202] * 64
    assert served.pool.waiting == ["job-1"]


def test_a_full_queue_asks_for_patience_and_forgets_the_job(serve: Serve, settings: Settings, body: Body) -> None:
    served = serve(replace(settings, queue_limit=1))
    served.generate(body)
    refused = served.generate(body | {"job_id": "job-2"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert served.client.get("/api/images/status/job-2").status_code == 404
    served.pool.waiting.clear()
    assert served.generate(body | {"job_id": "job-2"}).status_code == 202


def test_faults_come_as_one_problem(served: Served, body: Body) -> None:
    answer = served.generate(body | {"size": "1x1", "num_images": 9})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.json is not None
    assert {error["pointer"] for error in answer.json["errors"]} == {"/size", "/num_images"}
    assert (answer.json["code"], answer.json["error"], answer.json["message"]) == (
        "invalid_input",
        "Bad Request",
        answer.json["detail"],
    )


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[]", b"null", pytest.param(b"[" * 100_000, id="nested")])
def test_what_is_no_json_object_is_refused(served: Served, raw: bytes) -> None:
    answer = served.client.post("/api/images/generate", data=raw, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_large_body_is_refused(served: Served) -> None:
    answer = served.client.post("/api/images/generate", data=b"x" * (256 * 1024 + 1))
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


def test_no_webhook_anywhere_is_a_bad_request(served: Served, body: Body) -> None:
    del body["webhook_url"]
    assert served.generate(body).status_code == 400


def test_the_environments_webhook_is_used_when_the_order_has_none(
    serve: Serve, settings: Settings, service: responses.RequestsMock, body: Body
) -> None:
    served = serve(replace(settings, webhook_url=WEBHOOK))
    del body["webhook_url"]
    served.generate(body)
    served.pool.turn()
    assert events(service)[-1]["status"] == "completed"


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Basic right", "Bearer", "Bearer rïght"])
@pytest.mark.parametrize("path", ["/api/images/status/job-1", "/api/images/result/job-1"])
def test_a_wrong_key_is_refused(serve: Serve, settings: Settings, body: Body, given: str, path: str) -> None:
    served = serve(replace(settings, api_key="right"))
    assert served.generate(body, Authorization=given).status_code == 401
    assert served.client.get(path, headers={"Authorization": given}).status_code == 401
    assert served.pool.waiting == []


def test_the_right_key_opens(serve: Serve, settings: Settings, body: Body) -> None:
    served = serve(replace(settings, api_key="right"))
    assert served.generate(body, Authorization="Bearer right").status_code == 202


def test_status_follows_the_job(served: Served, service: responses.RequestsMock, body: Body) -> None:
    served.generate(body)
    before = served.client.get("/api/images/status/job-1").json
    served.pool.turn()
    after = served.client.get("/api/images/status/job-1").json
    assert before is not None
    assert after is not None
    assert (before["status"], before["progress"]) == ("PENDING", 0)
    assert (after["status"], after["progress"]) == ("COMPLETED", 100)
    assert set(after) == {"job_id", "status", "progress", "message", "created_at", "updated_at"}


def test_the_result_comes_when_it_is_there(served: Served, service: responses.RequestsMock, body: Body) -> None:
    served.generate(body)
    early = served.client.get("/api/images/result/job-1")
    assert early.json is not None
    assert (early.status_code, early.json["status"], early.json["progress"]) == (409, "PENDING", 0)
    served.pool.turn()
    result = served.client.get("/api/images/result/job-1")
    assert result.json is not None
    assert (result.status_code, result.json["status"], result.json["message"]) == (
        200,
        "COMPLETED",
        "2 image(s) générée(s) avec succès",
    )
    assert result.json["images"] == events(service)[-1]["data"]["images"]


def test_a_job_cancelled_after_its_work_has_no_result(served: Served, wire: responses.RequestsMock, body: Body) -> None:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        late = b'"completed"' in (request.body or b"")
        return 200, {}, json.dumps({"applied": not late, "status": "CANCELLED"})

    wire.add_callback("POST", WEBHOOK, answer)
    served.generate(body | {"uploads": []})
    served.pool.turn()
    answered = served.client.get("/api/images/result/job-1")
    assert answered.json is not None
    assert (answered.status_code, answered.json["status"]) == (409, "CANCELLED")


def test_answers_are_readable_utf8(served: Served, body: Body) -> None:
    assert "démarrée" in served.generate(body).get_data(as_text=True)


def test_a_failed_job_says_why(served: Served, service: responses.RequestsMock, body: Body) -> None:
    served.generate(body | {"prompt": "!fail moderated"})
    served.pool.turn()
    status = served.client.get("/api/images/status/job-1").json
    assert status is not None
    assert (status["status"], status["error_code"], status["error"]) == ("FAILED", "content_moderated", status["message"])
    assert served.client.get("/api/images/result/job-1").status_code == 409


@pytest.mark.parametrize("path", ["/api/images/status/nobody", "/api/images/result/nobody", "/files/nobody/x.png", "/nowhere"])
def test_the_unknown_is_not_found(served: Served, path: str) -> None:
    answer = served.client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_files_kept_here_are_served_and_nothing_else(served: Served, service: responses.RequestsMock, body: Body) -> None:
    served.generate(body | {"uploads": []})
    served.pool.turn()
    image = events(service)[-1]["data"]["images"][0]
    with served.client.get(image["url"]) as answer:
        assert (answer.status_code, answer.mimetype, len(answer.data)) == (200, "image/webp", image["size_bytes"])
    assert served.client.get("/files/job-1/..%2f..%2fetc%2fpasswd").status_code == 404


def test_a_neighbour_of_the_folder_of_files_is_not_served(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "neighbour.txt").write_text("private", encoding="utf-8")
    backend: Backend = served.client.application.extensions["backend"]
    monkeypatch.setattr(backend.files, "root", tmp_path / "files")
    for path in ("/files/../neighbour.txt", "/files/%2e%2e/neighbour.txt"):
        assert served.client.get(path).status_code == 404


def test_health_needs_no_key(serve: Serve, settings: Settings) -> None:
    health = serve(replace(settings, api_key="right")).client.get("/health").json
    assert health is not None
    assert (health["status"], health["service"]) == ("ok", "example-backend")
    assert health["features"]["formats"] == ["PNG", "JPEG", "WEBP"]
