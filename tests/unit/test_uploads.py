"""`POST /api/images/uploads`, and jobs that take an upload in."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from generate.app import handler
from sorami.store import JobStore
from sorami.uploads import MAX_BYTES, is_own_upload, is_upload, new_upload, upload_key
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import new_user
from tests.support.stack import BACKEND_URL, Stack

UPLOAD = "POST /api/images/uploads"
GENERATE = "POST /api/images/generate"
BACKEND = f"{BACKEND_URL}/api/images/generate"
ASKED = {"content_type": "image/png", "size_bytes": 12_345}


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("GenerateFunction")


@pytest.fixture
def user() -> str:
    return new_user()


def upload(user: str, body: Any = None) -> Answer:
    return invoke(handler, request(UPLOAD, user=user, body=ASKED if body is None else body))


def generate(user: str, url: str) -> Answer:
    return invoke(handler, request(GENERATE, user=user, body={"prompt": "un chat", "input_image_url": url}))


def policy_of(answer: Answer) -> list[Any]:
    conditions: list[Any] = json.loads(base64.b64decode(answer.json["fields"]["policy"]))["conditions"]
    return conditions


@pytest.mark.parametrize(("content_type", "extension"), [("image/png", "png"), ("image/jpeg", "jpg"), ("image/webp", "webp")])
def test_the_form_takes_one_file_of_this_type_and_no_larger(content_type: str, extension: str, user: str, stack: Stack) -> None:
    answer = upload(user, ASKED | {"content_type": content_type})
    assert answer.status == 201
    assert set(answer.json) == {"url", "fields", "input_image_url", "expires_at"}
    key = upload_key(answer.json["input_image_url"])
    assert (key.startswith("uploads/"), key.endswith(f".{extension}")) == (True, True)
    assert (answer.json["fields"]["key"], answer.json["fields"]["Content-Type"]) == (key, content_type)
    assert stack.images_bucket in answer.json["url"]
    conditions = policy_of(answer)
    assert ["content-length-range", 1, 12_345] in conditions
    assert {"Content-Type": content_type} in conditions
    assert {"key": key} in conditions
    assert {"bucket": stack.images_bucket} in conditions


def test_every_upload_is_another_one(user: str) -> None:
    assert upload(user).json["input_image_url"] != upload(user).json["input_image_url"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["#/content_type", "#/size_bytes"]),
        ({"content_type": "image/gif", "size_bytes": 1}, ["#/content_type"]),
        ({"content_type": "image/svg+xml", "size_bytes": 1}, ["#/content_type"]),
        ({"content_type": "image/png", "size_bytes": 0}, ["#/size_bytes"]),
        ({"content_type": "image/png", "size_bytes": MAX_BYTES + 1}, ["#/size_bytes"]),
        ({"content_type": "image/png", "size_bytes": True}, ["#/size_bytes"]),
        ({"content_type": "image/png", "size_bytes": "1"}, ["#/size_bytes"]),
        ("hello", ["#"]),
    ],
    ids=str,
)
def test_a_bad_request_is_400(body: Any, pointers: list[str], user: str) -> None:
    answer = upload(user, body)
    assert (answer.codes, answer.pointers) == ((400, "invalid_request"), pointers)


def test_the_largest_upload_is_ten_mebibytes(user: str) -> None:
    assert upload(user, ASKED | {"size_bytes": 10 * 1024 * 1024}).status == 201


def test_an_upload_needs_a_user() -> None:
    assert invoke(handler, request(UPLOAD, claims={"sub": "user_1"}, body=ASKED)).codes == (401, "unauthorized")


def test_the_backend_gets_an_upload_as_a_presigned_url_and_the_job_keeps_the_reference(
    user: str, stack: Stack, http: responses.RequestsMock
) -> None:
    http.post(BACKEND, status=202)
    reference = upload(user).json["input_image_url"]
    answer = generate(user, reference)
    assert answer.status == 202
    sent = json.loads(http.calls[0].request.body or b"")["input_image_url"]
    parts = urlsplit(sent)
    assert parts.path.endswith(upload_key(reference))
    assert "X-Amz-Signature" in parse_qs(parts.query)
    job = JobStore(stack.dynamodb, stack.jobs_table).get(answer.json["job_id"])
    assert job.order.input_image_url == reference
    assert "X-Amz" not in json.dumps(stack.item(job.job_id))


def test_another_users_upload_is_400_like_one_that_never_was(user: str, http: responses.RequestsMock) -> None:
    theirs = upload(new_user()).json["input_image_url"]
    never_was = new_upload("nobody", "image/png")
    answers = [generate(user, url) for url in (theirs, never_was)]
    assert {answer.codes for answer in answers} == {(400, "invalid_request")}
    assert {json.dumps(answer.json["errors"]) for answer in answers} == {json.dumps(answers[0].json["errors"])}
    assert answers[0].pointers == ["#/input_image_url"]
    assert len(http.calls) == 0


@pytest.mark.parametrize(
    "url",
    [
        "upload://",
        "upload://x/y.png",
        f"upload://{'a' * 32}/{'b' * 32}.gif",
        f"upload://{'a' * 32}/../{'b' * 32}.png",
        f"upload://{'a' * 32}/{'b' * 32}.png?x",
        f"UPLOAD://{'a' * 32}/{'b' * 32}.png",
        f"upload://{'A' * 32}/{'b' * 32}.png",
        f"upload://{'a' * 32}/{'b' * 32}.png\n",
    ],
)
def test_what_is_no_reference_is_no_url_either(url: str, user: str, http: responses.RequestsMock) -> None:
    assert not is_upload(url)
    assert not is_own_upload(url, user)
    answer = generate(user, url)
    assert (answer.codes, answer.pointers) == ((400, "invalid_request"), ["#/input_image_url"])


def test_users_with_alike_names_have_folders_of_their_own() -> None:
    reference = new_upload("user_1", "image/png")
    assert is_own_upload(reference, "user_1")
    assert not any(is_own_upload(reference, other) for other in ("user_2", "user_", "user_1 ", "USER_1", ""))
