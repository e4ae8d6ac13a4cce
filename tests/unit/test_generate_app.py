"""`POST /api/images/generate`, from the gateway's event to the backend, the item and the answer."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
import responses

from generate.app import handler
from sorami.errors import StoreUnavailable
from sorami.events import MAX_BODY_BYTES
from sorami.jobs import Job, State, is_job_id
from sorami.store import JobStore
from sorami.times import iso
from tests.support.gateway import DOMAIN, Answer, claims_of, invoke, request
from tests.support.samples import new_user
from tests.support.stack import BACKEND_URL, SECRETS, Stack

ROUTE = "POST /api/images/generate"
BACKEND = f"{BACKEND_URL}/api/images/generate"
ASKED = {"prompt": "un chat astronaute", "num_images": "2", "size": "512x512", "format": "WEBP"}


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("GenerateFunction")


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def user() -> str:
    return new_user()


def ask(user: str, body: Any = None, **more: Any) -> Answer:
    return invoke(handler, request(ROUTE, user=user, body=ASKED if body is None else body, **more))


def jobs_of(store: JobStore, user: str) -> list[Job]:
    return list(store.all_by(user, limit=10).jobs)


def sent(http: responses.RequestsMock) -> dict[str, Any]:
    """The JSON of the one request that the backend got."""
    [call] = http.calls
    assert call.request.body is not None
    content: dict[str, Any] = json.loads(call.request.body)
    return content


# Accepted


def test_a_job_is_accepted_stored_and_can_be_followed(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    answer = ask(user)
    [job] = jobs_of(store, user)
    assert answer.status == 202
    assert answer.headers["location"] == f"/api/images/{job.job_id}/status"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "job_id": job.job_id,
        "status": "PENDING",
        "message": "Génération d'images démarrée",
        "created_at": iso(job.created_at),
    }
    assert is_job_id(job.job_id)
    assert (job.state, job.progress, job.version, job.user_id) == (State.PENDING, 0, 1, user)
    assert (job.order.prompt, job.order.num_images, job.order.style) == ("un chat astronaute", 2, "photorealistic")
    assert job.due_at is not None
    assert job.due_at > job.created_at


@pytest.mark.parametrize(("org", "stored"), [("org_9", "org_9"), (None, None), ("", None)])
def test_the_organization_is_kept_if_there_is_one(
    org: str | None, stored: str | None, user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    http.post(BACKEND)
    claims = claims_of(user) if org is None else claims_of(user, org_id=org)
    invoke(handler, request(ROUTE, claims=claims, body=ASKED))
    assert jobs_of(store, user)[0].org_id == stored


def test_the_backend_gets_the_job_with_a_place_for_each_image(
    user: str, store: JobStore, stack: Stack, http: responses.RequestsMock
) -> None:
    http.post(BACKEND)
    ask(user)
    [job] = jobs_of(store, user)
    request_sent = sent(http)
    uploads = request_sent.pop("uploads")
    assert request_sent == {
        "prompt": "un chat astronaute",
        "num_images": 2,
        "size": "512x512",
        "format": "WEBP",
        "style": "photorealistic",
        "quality": "standard",
        "job_id": job.job_id,
        "user_id": user,
        "webhook_url": f"https://{DOMAIN}/api/webhooks/image-completion",
    }
    assert [upload["key"] for upload in uploads] == [f"images/{job.job_id}/image_{number}.webp" for number in (1, 2)]
    for upload in uploads:
        assert set(upload) == {"key", "url", "method", "headers", "expires_at"}
        assert (upload["method"], upload["headers"]) == ("PUT", {"Content-Type": "image/webp"})
        assert upload["url"].startswith(f"https://{stack.images_bucket}.s3.eu-west-1.amazonaws.com/{upload['key']}?")
        assert "X-Amz-Expires=3600" in upload["url"]
        assert upload["expires_at"] > iso(job.created_at)


def test_the_backend_is_asked_with_its_key_and_the_jobs_id(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND)
    ask(user)
    headers: Mapping[str, object] = http.calls[0].request.headers
    assert headers["Authorization"] == f"Bearer {SECRETS['backend_api_key']}".encode()
    assert headers["Idempotency-Key"] == jobs_of(store, user)[0].job_id
    assert headers["Content-Type"] == "application/json"


def test_without_a_key_no_authorization_is_sent(user: str, stack: Stack, http: responses.RequestsMock) -> None:
    stack.put_secret("ServiceSecret", {**SECRETS, "backend_api_key": ""})
    http.post(BACKEND)
    assert ask(user).status == 202
    assert "Authorization" not in http.calls[0].request.headers


def test_an_input_image_is_handed_on(user: str, http: responses.RequestsMock) -> None:
    http.post(BACKEND)
    ask(user, {**ASKED, "input_image_url": "https://images.example.org/a.png"})
    assert sent(http)["input_image_url"] == "https://images.example.org/a.png"


def test_the_webhook_url_may_be_a_parameter(user: str, deploy: Callable[..., None], http: responses.RequestsMock) -> None:
    deploy("GenerateFunction", WebhookUrl="https://hooks.example.org/sorami")
    http.post(BACKEND)
    ask(user)
    assert sent(http)["webhook_url"] == "https://hooks.example.org/sorami"


def test_row_1_the_job_is_written_before_the_backend_is_asked(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    """Rows 1 and 10: what is asked for exists already, and a webhook may come at once."""
    seen: list[list[Job]] = []

    def look(_asked: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        seen.append(jobs_of(store, user))
        return 202, {}, ""

    http.add_callback(responses.POST, BACKEND, look)
    answer = ask(user)
    assert [job.job_id for job in seen[0]] == [answer.json["job_id"]]


# Bad requests


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        {},
        {"prompt": "  "},
        {"prompt": "a" * 4001},
        {"prompt": "a", "num_images": 0},
        {"prompt": "a", "num_images": 5},
        {"prompt": "a", "num_images": "x"},
        {"prompt": "a", "size": "1x1"},
        {"prompt": "a", "input_image_url": "http://169.254.169.254/"},
        {"prompt": "a", "input_image_url": "file:///etc/passwd"},
    ],
    ids=lambda body: str(body)[:40],
)
def test_a_bad_request_is_400_and_nothing_is_stored_or_asked(
    body: Any, user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    """Rows 15 and 17."""
    answer = ask(user, body)
    assert answer.codes == (400, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert jobs_of(store, user) == []
    assert len(http.calls) == 0


def test_every_wrong_field_is_named_in_one_answer(user: str) -> None:
    answer = ask(user, {"prompt": "", "num_images": 9, "size": "1x1"})
    assert answer.pointers == ["#/prompt", "#/num_images", "#/size"]
    assert "num_images : La valeur maximale est 4." in answer.json["detail"]


def test_a_body_over_256_kib_is_413(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    assert ask(user, {"prompt": "a", "x": "x" * MAX_BODY_BYTES}).codes == (413, "payload_too_large")
    assert jobs_of(store, user) == []


NO_USERS = {
    "no authorizer": None,
    "no exp": {"sub": "user_1"},
    "empty exp": {"sub": "user_1", "exp": ""},
    "no sub": {"exp": "1893456000"},
    "empty sub": {"sub": "", "exp": "1893456000"},
    "a sub of nothing": {"sub": "null", "exp": "1893456000"},
    "a sub of nothing, in Python": {"sub": "None", "exp": "1893456000"},
    "a sub that is a list": {"sub": "[user_1]", "exp": "1893456000"},
    "a sub that is an object": {"sub": "{id=user_1}", "exp": "1893456000"},
    "endless sub": {"sub": "u" * 513, "exp": "1893456000"},
    "half a character": {"sub": "u\ud83d", "exp": "1893456000"},
}


@pytest.mark.parametrize("claims", NO_USERS.values(), ids=NO_USERS)
def test_row_27_a_token_without_user_or_end_is_401(
    claims: dict[str, str] | None, stack: Stack, http: responses.RequestsMock
) -> None:
    """Row 27: one gateway lets a token without `exp` pass."""
    before = len(stack.items(stack.jobs_table))
    assert invoke(handler, request(ROUTE, claims=claims, body=ASKED)).codes == (401, "unauthorized")
    assert len(stack.items(stack.jobs_table)) == before


def test_a_table_that_is_away_is_503_and_the_backend_is_not_asked(
    user: str, http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 19."""

    def away(*_arguments: object) -> None:
        raise StoreUnavailable("ThrottlingException")

    monkeypatch.setattr(JobStore, "create", away)
    assert ask(user).codes == (503, "store_unavailable")
    assert len(http.calls) == 0


def test_english_is_a_parameter(user: str, deploy: Callable[..., None], http: responses.RequestsMock) -> None:
    deploy("GenerateFunction", Locale="en")
    http.post(BACKEND)
    assert ask(user).json["message"] == "Image generation started"
    assert ask(user, {}).json["errors"] == [{"pointer": "#/prompt", "detail": "This field is required."}]
