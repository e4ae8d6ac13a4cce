"""`GET` of status, result and gallery, from the gateway's event to the answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from query import app
from sorami.errors import StoreUnavailable
from sorami.jobs import ErrorCode, Failed, Job, Progressed, State, new_job_id
from sorami.store import JobStore
from sorami.times import iso, now
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import completed, failed, new_user, pending_job
from tests.support.stack import Stack

STATUS = "GET /api/images/{id}/status"
RESULT = "GET /api/images/{id}/result"


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("QueryFunction", ImageRetentionDays="30")


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job()).job


def status(job_id: str, user: str) -> Answer:
    return invoke(app.handler, request(STATUS, user=user, path={"id": job_id}))


def result(job_id: str, user: str) -> Answer:
    return invoke(app.handler, request(RESULT, user=user, path={"id": job_id}))


def finish(store: JobStore, job: Job, *, days_ago: float = 0, count: int = 2) -> Job:
    return store.apply(job.job_id, completed(job.job_id, count=count), now() - timedelta(days=days_ago)).job


# Status


def test_status_of_an_open_job(job: Job, store: JobStore) -> None:
    at = now()
    store.apply(job.job_id, Progressed(state=State.GENERATING, progress=60, message="Presque"), at)
    answer = status(job.job_id, job.user_id)
    assert answer.status == 200
    assert answer.json == {
        "job_id": job.job_id,
        "status": "GENERATING",
        "progress": 60,
        "message": "Presque",
        "created_at": "2026-01-02T12:00:00.678Z",
        "updated_at": iso(at),
    }


def test_status_of_a_failed_job_says_why_twice(job: Job, store: JobStore) -> None:
    store.apply(job.job_id, failed(), now())
    content = status(job.job_id, job.user_id).json
    assert (content["status"], content["error"], content["message"]) == ("FAILED", "Refusé", "Refusé")
    assert content["error_code"] == "content_moderated"
    assert set(content) == {"job_id", "status", "progress", "message", "created_at", "updated_at", "error", "error_code"}


# Cheap waiting


def looked_at(job: Job, tag: str | None = None) -> Answer:
    headers = {} if tag is None else {"if-none-match": tag}
    return invoke(app.handler, request(STATUS, user=job.user_id, path={"id": job.job_id}, headers=headers))


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_status_that_has_not_changed_is_304_without_a_body(form: str, job: Job) -> None:
    first = looked_at(job)
    again = looked_at(job, form.format(first.headers["etag"]))
    assert (again.status, again.text, again.headers["etag"]) == (304, "", first.headers["etag"])
    assert again.headers["retry-after"] == first.headers["retry-after"] == "2"
    assert again.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("tag", ["", '"other"', '"other", W/"third"', "nonsense"])
def test_another_tag_gets_the_status(tag: str, job: Job) -> None:
    assert looked_at(job, tag).json["status"] == "PENDING"


def test_what_happens_to_a_job_changes_its_tag_and_its_end_stops_the_waiting(job: Job, store: JobStore) -> None:
    tags = [looked_at(job).headers["etag"]]
    store.apply(job.job_id, Progressed(state=State.GENERATING, progress=60, message="Presque"), now())
    tags.append(looked_at(job, tags[-1]).headers["etag"])
    finish(store, job)
    ended = looked_at(job, tags[-1])
    assert (ended.status, ended.json["status"]) == (200, "COMPLETED")
    assert "retry-after" not in ended.headers
    assert len({*tags, ended.headers["etag"]}) == 3


# Whose job it is (row 28)


@pytest.mark.parametrize("route", [STATUS, RESULT])
@pytest.mark.parametrize("other", ["never used", "nonsense"])
def test_another_users_job_is_the_same_bytes_as_an_id_that_was_never_used(
    route: str, other: str, job: Job, store: JobStore
) -> None:
    finish(store, job)
    stranger = new_user()

    def bytes_for(job_id: str) -> str:
        event = request(route, user=stranger, path={"id": job_id})
        event["requestContext"]["requestId"] = "the-same"
        answer = invoke(app.handler, event)
        assert answer.codes == (404, "job_not_found")
        return f"{answer.headers} {answer.text}"

    assert bytes_for(job.job_id) == bytes_for(new_job_id() if other == "never used" else "é/../%00")


# Result


def test_result_of_a_completed_job(job: Job, store: JobStore, stack: Stack) -> None:
    finish(store, job, count=2)
    before = now()
    answer = result(job.job_id, job.user_id)
    content = answer.json
    assert answer.status == 200
    assert set(content) == {"job_id", "status", "message", "images", "metadata", "generated_at"}
    assert (content["job_id"], content["status"]) == (job.job_id, "COMPLETED")
    assert content["message"] == "2 image(s) générée(s) avec succès"
    assert content["generated_at"] == "2026-01-02T12:04:00.678Z"
    assert content["metadata"] == {
        "model_name": "sorami-1",
        "version": "1.0",
        "generation_time_seconds": 12.5,
        "input_tokens": 50,
        "output_size_bytes": 524_288,
        "timestamp": "2026-01-02T12:03:00.678Z",
    }
    for number, image in enumerate(content["images"], start=1):
        key = f"images/{job.job_id}/image_{number}.webp"
        url = urlsplit(image.pop("url"))
        assert f"{url.scheme}://{url.hostname}{url.path}" == f"https://{stack.images_bucket}.s3.eu-west-1.amazonaws.com/{key}"
        assert parse_qs(url.query)["X-Amz-Expires"] == ["3600"]
        assert iso(before + timedelta(hours=1)) <= image.pop("expires_at") <= iso(now() + timedelta(hours=1))
        assert image == {
            "file_path": key,
            "format": "WEBP",
            "dimensions": "512x384",
            "size_bytes": 524_288,
            "description": "Un chat 🐱",
        }
    assert len(content["images"]) == 2


def test_a_result_without_metadata_has_all_its_keys(job: Job, store: JobStore) -> None:
    store.apply(job.job_id, completed(job.job_id, metadata=None), now())
    metadata = result(job.job_id, job.user_id).json["metadata"]
    assert set(metadata.values()) == {None}
    assert len(metadata) == 6


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (None, ("PENDING", 0, "Le job n'est pas terminé.")),
        (Progressed(state=State.SAVING, progress=90, message="…"), ("SAVING", 90, "Le job n'est pas terminé.")),
        (failed(), ("FAILED", 0, "Le job n'a pas de résultat.")),
        (Failed(error="…", error_code=ErrorCode.TIMEOUT, deadline_passed=True), ("FAILED", 0, "Le job n'a pas de résultat.")),
    ],
)
def test_a_job_without_result_is_409_with_its_state_and_progress(
    event: Any, expected: tuple[str, int, str], job: Job, store: JobStore
) -> None:
    if event:
        store.apply(job.job_id, event, now())
    answer = result(job.job_id, job.user_id)
    assert answer.codes == (409, "job_not_finished")
    assert (answer.json["status"], answer.json["progress"], answer.json["detail"]) == expected


def test_a_result_whose_files_have_expired_is_410(job: Job, store: JobStore) -> None:
    finish(store, job, days_ago=30.1)
    assert result(job.job_id, job.user_id).codes == (410, "result_expired")


def test_until_then_it_is_there(job: Job, store: JobStore) -> None:
    finish(store, job, days_ago=29.9)
    assert result(job.job_id, job.user_id).status == 200


# Any read


def test_health_asks_nobody() -> None:
    answer = invoke(app.handler, request("GET /health"))
    assert answer.status == 200
    assert set(answer.json) == {"status", "service", "version", "time"}
    assert answer.json["status"] == "ok"


@pytest.mark.parametrize("route", [route for route in app.ROUTES if route.startswith("GET /api/")])
def test_every_read_needs_a_user(route: str) -> None:
    event = request(route, claims={"sub": "user_1"}, path={"id": new_job_id()})
    assert invoke(app.handler, event).codes == (401, "unauthorized")


def test_a_route_that_the_gateway_should_not_have_sent_is_404() -> None:
    assert invoke(app.handler, request("GET /api/other", user="user_1")).codes == (404, "not_found")


def test_a_table_that_is_away_is_503(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 19."""

    def away(*_arguments: object) -> None:
        raise StoreUnavailable("ThrottlingException")

    monkeypatch.setattr(JobStore, "get", away)
    assert status(job.job_id, job.user_id).codes == (503, "store_unavailable")
