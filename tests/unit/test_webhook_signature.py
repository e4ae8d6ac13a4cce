"""Rows 12 to 14 where the backend signs what it sends (parameter WebhookAuth: signature, or both)."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from examples.backend.signing import signature_headers
from sorami.jobs import Job
from sorami.store import JobStore
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import completed_body, pending_job, progress_body
from tests.support.stack import SECRETS, Stack
from webhook.app import handler

ROUTE = "POST /api/webhooks/image-completion"
KEY = "the-current-secret"
SECRET = {"x-webhook-secret": KEY}

type Deploy = Callable[..., None]


@pytest.fixture(params=["signature", "both"])
def auth(request: pytest.FixtureRequest, deploy: Deploy) -> str:
    deploy("WebhookFunction", WebhookAuth=request.param)
    mode: str = request.param
    return mode


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job()).job


def signed(body: str, *, key: str | bytes = KEY.encode(), at: datetime | None = None) -> dict[str, str]:
    at = at or datetime.now(UTC)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp()))}
    return headers | {"webhook-signature": Webhook(key).sign("msg_1", at, body)}


def report(body: str, headers: Mapping[str, str]) -> Answer:
    return invoke(handler, request(ROUTE, body=body, headers=headers))


def text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


def test_a_signed_report_is_taken_as_it_was_signed(auth: str, job: Job) -> None:
    body = text(progress_body(job.job_id, message="à 60 % 🐱"))
    assert report(body, SECRET | signed(body)).json["applied"] is True


def test_the_example_backends_signature_is_taken(auth: str, job: Job) -> None:
    body = text(completed_body(job.job_id))
    assert report(body, SECRET | signature_headers(KEY, "msg_2", body.encode())).json["applied"] is True


@pytest.mark.parametrize(("minutes", "status"), [(-5.1, 401), (-4.9, 200), (4.9, 200), (5.1, 401)])
def test_row_14_a_captured_report_is_refused_after_five_minutes(minutes: float, status: int, auth: str, job: Job) -> None:
    body = text(progress_body(job.job_id))
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert report(body, SECRET | signed(body, at=at)).status == status


def test_row_14_within_five_minutes_it_changes_nothing(auth: str, job: Job, store: JobStore) -> None:
    body = text(completed_body(job.job_id))
    headers = SECRET | signed(body)
    assert report(body, headers).json["applied"] is True
    stands = store.get(job.job_id)
    assert report(body, headers).json["applied"] is False
    assert store.get(job.job_id) == stands


def _changed(**headers: str) -> Callable[[str], dict[str, str]]:
    return lambda body: SECRET | signed(body) | headers


_NOW = str(int(datetime.now(UTC).timestamp()))
BAD_PROOFS: dict[str, Callable[[str], dict[str, str]]] = {
    "none": lambda _: {},
    "the secret alone": lambda _: SECRET,
    "another key": lambda body: SECRET | signed(body, key=b"another"),
    "another body": lambda body: SECRET | signed(body + " "),
    "another id": _changed(**{"webhook-id": "msg_2"}),
    "another time": lambda body: SECRET | signed(body, at=datetime.now(UTC) - timedelta(minutes=1)) | {"webhook-timestamp": _NOW},
    "no time": _changed(**{"webhook-timestamp": ""}),
    "a time that is none": _changed(**{"webhook-timestamp": "NaN"}),
    "a time beyond all": _changed(**{"webhook-timestamp": "1e999"}),
    "no signature": _changed(**{"webhook-signature": ""}),
    "a signature that is none": _changed(**{"webhook-signature": "v1"}),
    "a signature of three parts": _changed(**{"webhook-signature": "v1,x,y"}),
    "a signature beyond ASCII": _changed(**{"webhook-signature": "v1,é🐱"}),
    "an empty signature": _changed(**{"webhook-signature": "v1,"}),
    "another version": lambda body: (
        (found := SECRET | signed(body)) | {"webhook-signature": "v2" + found["webhook-signature"][2:]}
    ),
    "100 KB": _changed(**{"webhook-signature": "v1," + "A" * 100_000}),
    "a lone surrogate": _changed(**{"webhook-id": "\ud800"}),
}


@pytest.mark.parametrize("proof", BAD_PROOFS)
def test_row_12_without_a_good_signature_the_answer_is_401_and_nothing_changes(
    proof: str, auth: str, job: Job, store: JobStore
) -> None:
    body = text(completed_body(job.job_id))
    answer = report(body, BAD_PROOFS[proof](body))
    assert answer.codes == (401, "unauthorized")
    assert answer.json["error"] == "Unauthorized"
    assert store.get(job.job_id) == job


@pytest.mark.parametrize("body", ["", "x" * 300_000, "[" * 10_000, "\ud800"])
def test_row_12_whatever_an_unsigned_body_is_the_answer_is_401(body: str, auth: str) -> None:
    assert report(body, SECRET | signed("something else")).status == 401


def test_where_both_are_asked_for_a_signature_alone_is_not_enough(deploy: Deploy, job: Job) -> None:
    body = text(progress_body(job.job_id))
    for mode, status in {"both": 401, "signature": 200}.items():
        deploy("WebhookFunction", WebhookAuth=mode)
        assert report(body, signed(body)).status == status
        assert report(body, {"x-webhook-secret": "wrong"} | signed(body)).status == status


def test_where_the_secret_is_asked_for_no_signature_is_looked_at(deploy: Deploy, job: Job) -> None:
    deploy("WebhookFunction")
    body = text(progress_body(job.job_id))
    assert report(body, SECRET | signed("another body", key=b"another")).status == 200


def test_row_13_while_a_secret_is_rotated_both_keys_sign(auth: str, job: Job, stack: Stack) -> None:
    stack.put_secret("ServiceSecret", SECRETS | {"webhook_secret": "new", "webhook_secret_previous": KEY})
    first, second, third = (text(progress_body(job.job_id, progress=percent)) for percent in (70, 80, 90))
    assert report(first, SECRET | signed(first)).json["applied"] is True
    assert report(second, {"x-webhook-secret": "new"} | signed(second, key=b"new")).json["applied"] is True
    two = signed(third, key=b"a key of theirs")
    two["webhook-signature"] += " v1a,unknown " + signed(third, key=b"new")["webhook-signature"]
    assert report(third, SECRET | two).json["applied"] is True


def test_a_key_in_the_specifications_own_form_is_base64(auth: str, job: Job, stack: Stack) -> None:
    key = "whsec_c29tZSBieXRlcyBvZiBhIGtleQ=="
    stack.put_secret("ServiceSecret", SECRETS | {"webhook_secret": key})
    body = text(progress_body(job.job_id))
    assert report(body, {"x-webhook-secret": key} | signed(body, key=key)).json["applied"] is True


@pytest.mark.parametrize("slip", ["whsec_", "whsec_====", "whsec_x", "\ud800"])
def test_a_key_that_is_none_opens_nothing_and_leaves_the_other_in_force(slip: str, auth: str, job: Job, stack: Stack) -> None:
    """An operator's slip in one of the two was a 500 for every report."""
    stack.put_secret("ServiceSecret", SECRETS | {"webhook_secret_previous": slip})
    body = text(progress_body(job.job_id))
    by_nothing = signed(body) | {"webhook-signature": "v1," + b64encode(digest(b"", body)).decode()}
    assert report(body, {"x-webhook-secret": slip} | by_nothing).status == 401
    assert report(body, SECRET | signed(body)).json["applied"] is True


def digest(key: bytes, body: str) -> bytes:
    return hmac.digest(key, f"msg_1.{int(datetime.now(UTC).timestamp())}.{body}".encode(), "sha256")


@pytest.mark.parametrize("twice", ["x-webhook-secret", "webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_comes_twice_is_no_proof(twice: str, deploy: Deploy, job: Job) -> None:
    """The gateway joins the two with a comma."""
    deploy("WebhookFunction", WebhookAuth="both")
    body = text(progress_body(job.job_id))
    good = SECRET | signed(body)
    assert report(body, good | {twice: f"{good[twice]},{good[twice]}"}).status == 401
    assert report(body, {name: value for name, value in good.items() if name != twice}).status == 401
    assert report(body, good).status == 200


def test_a_body_in_base64_is_verified_as_it_was_sent(auth: str, job: Job) -> None:
    body = text(progress_body(job.job_id))
    event = request(ROUTE, body=body, headers=SECRET | signed(body))
    event |= {"body": "eyJub3QiOiAidGhpcyJ9", "isBase64Encoded": True}
    assert invoke(handler, event).status == 401
