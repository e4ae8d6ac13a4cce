"""Rows 12, 13 and 21: the lock of the webhook."""

import hmac
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from sorami.clients import client
from sorami.events import MAX_BODY_BYTES
from sorami.jobs import Job, new_job_id
from sorami.secrets import FRESH_SECONDS
from sorami.store import JobStore
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import completed_body, pending_job, progress_body
from tests.support.stack import SECRETS, Stack
from webhook.app import handler, secret

ROUTE = "POST /api/webhooks/image-completion"
GOOD = {"x-webhook-secret": "the-current-secret"}


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("WebhookFunction")


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job()).job


def report(body: Any, headers: dict[str, str] | None = None) -> Answer:
    return invoke(handler, request(ROUTE, body=body, headers=GOOD if headers is None else headers))


# The secret (rows 12, 13, 21)

BAD_SECRETS = {
    "missing": {},
    "empty": {"x-webhook-secret": ""},
    "wrong": {"x-webhook-secret": "the-wrong-secret"},
    "prefix": {"x-webhook-secret": "the-current-secre"},
    "longer": {"x-webhook-secret": "the-current-secret "},
    "other case": {"x-webhook-secret": "THE-CURRENT-SECRET"},
    "non-ASCII": {"x-webhook-secret": "le-secret-à-moi-🐱"},
    "lone surrogate": {"x-webhook-secret": "\ud800"},
    "100 KB": {"x-webhook-secret": "x" * 100_000},
    "the backend's key": {"x-webhook-secret": "the-backend-key"},
    "another header": {"authorization": "Bearer the-current-secret"},
}
BODIES: dict[str, Callable[[str], Any]] = {
    "good": completed_body,
    "unknown job": lambda _: completed_body(new_job_id()),
    "invalid": lambda _: {},
    "not JSON": lambda _: "hello",
    "too large": lambda _: "x" * (MAX_BODY_BYTES + 1),
    "none": lambda _: None,
}


def test_the_headers_name_counts_in_any_case(job: Job) -> None:
    """RFC 9110, 5.1. API Gateway writes it in lower case, `sam local start-api` in capitals."""
    answer = report(progress_body(job.job_id), {"X-Webhook-Secret": "the-current-secret"})
    assert (answer.status, answer.json["applied"]) == (200, True)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("headers", BAD_SECRETS.values(), ids=BAD_SECRETS)
def test_without_the_secret_the_answer_is_401_whatever_the_body(
    headers: dict[str, str], body: str, job: Job, store: JobStore
) -> None:
    """Row 12."""
    answer = report(BODIES[body](job.job_id), headers)
    assert answer.codes == (401, "unauthorized")
    assert answer.json["error"] == "Unauthorized"
    assert store.get(job.job_id) == job


def test_every_wrong_secret_gets_the_same_answer(job: Job) -> None:
    """Row 12: no hint of what was wrong."""
    bodies = [{**report(completed_body(job.job_id), headers).json, "request_id": ""} for headers in BAD_SECRETS.values()]
    assert all(body == bodies[0] for body in bodies)


def test_row_13_the_previous_secret_is_good_while_it_is_kept(job: Job, stack: Stack) -> None:
    """Row 13."""
    stack.put_secret("ServiceSecret", {**SECRETS, "webhook_secret": "new", "webhook_secret_previous": "the-current-secret"})
    assert report(progress_body(job.job_id)).status == 200
    assert report(completed_body(job.job_id), {"x-webhook-secret": "new"}).status == 200


@pytest.mark.parametrize("nothing", ["", None, False, 0, []])
@pytest.mark.parametrize("given", ["None", "null", '""', "undefined", "False", "false", "0", "[]"])
def test_no_word_for_nothing_is_a_secret(nothing: object, given: str, job: Job, stack: Stack) -> None:
    """An operator may empty the previous secret, or write null or false."""
    stack.put_secret("ServiceSecret", {"webhook_secret": "new", "webhook_secret_previous": nothing})
    assert report(progress_body(job.job_id), {"x-webhook-secret": given}).status == 401


def two_seconds_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret(), "_asked_at", secret()._asked_at - FRESH_SECONDS)


def test_row_13_a_rotated_secret_works_at_once_and_the_one_before_stops(
    job: Job, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 13: the copy in the worker is five minutes old at most, but an unknown secret asks once for a fresh one."""
    assert report(progress_body(job.job_id)).status == 200
    stack.put_secret("ServiceSecret", {**SECRETS, "webhook_secret": "rotated"})
    two_seconds_pass(monkeypatch)
    assert report(progress_body(job.job_id, progress=70), {"x-webhook-secret": "rotated"}).json["applied"] is True
    assert report(completed_body(job.job_id)).status == 401


def test_row_12_wrong_secrets_cost_one_read_in_two_seconds_and_good_ones_none(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    report(progress_body(job.job_id))
    reads: list[str] = []
    ask = client("secretsmanager").get_secret_value

    def counted(SecretId: str) -> Any:  # noqa: N803  # boto3's word
        reads.append(SecretId)
        return ask(SecretId=SecretId)

    monkeypatch.setattr(client("secretsmanager"), "get_secret_value", counted)
    report(progress_body(job.job_id, progress=70))
    assert len(reads) == 0
    two_seconds_pass(monkeypatch)
    for number in range(10):
        assert report(progress_body(job.job_id), {"x-webhook-secret": f"wrong {number}"}).status == 401
    assert len(reads) == 1


def secrets_manager_is_down(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def down(**_asked: str) -> None:
        raise error

    monkeypatch.setattr(client("secretsmanager"), "get_secret_value", down)


OUTAGES = [
    ClientError({"Error": {"Code": "InternalServiceError", "Message": "arn:aws:secret"}}, "GetSecretValue"),
    ReadTimeoutError(endpoint_url="https://secretsmanager"),
]


@pytest.mark.parametrize("outage", OUTAGES, ids=["500", "timeout"])
def test_row_21_a_known_secret_goes_on_working_while_secrets_manager_is_down(
    outage: Exception, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 21."""
    assert report(progress_body(job.job_id)).status == 200
    secrets_manager_is_down(monkeypatch, outage)
    monkeypatch.setattr(secret(), "_read_at", float("-inf"))
    assert report(completed_body(job.job_id)).json["applied"] is True
    assert report(completed_body(job.job_id), {"x-webhook-secret": "wrong"}).status == 401


@pytest.mark.parametrize("outage", OUTAGES, ids=["500", "timeout"])
def test_row_21_a_cold_worker_without_secrets_manager_is_503_and_never_open(
    outage: Exception, job: Job, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 21."""
    secrets_manager_is_down(monkeypatch, outage)
    answer = report(completed_body(job.job_id))
    assert answer.codes == (503, "secret_unavailable")
    assert answer.headers["retry-after"] == "2"
    assert "arn:" not in answer.text
    assert store.get(job.job_id) == job


@pytest.mark.parametrize("given", ["wrong", "the-current-secret", "the-current-secreT"])
def test_row_12_every_secret_is_compared_in_constant_time_and_as_bytes(
    given: str, job: Job, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the time is constant no test can show; that Python's own comparison for it is used, with every candidate, it can."""
    stack.put_secret("ServiceSecret", SECRETS | {"webhook_secret_previous": "the-previous-secret"})
    compared: list[bytes] = []
    real = hmac.compare_digest

    def spy(offered: bytes, kept: bytes) -> bool:
        compared.append(kept)
        return real(offered, kept)

    monkeypatch.setattr("webhook.guard.hmac.compare_digest", spy)
    answer = report(progress_body(job.job_id), {"x-webhook-secret": given})
    assert (answer.status == 200) is (given == "the-current-secret")
    assert compared[:2] == [b"the-current-secret", b"the-previous-secret"]
