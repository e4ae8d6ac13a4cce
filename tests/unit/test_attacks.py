"""The attacks of docs/security.md that need no deployed stack: each refused, and nothing stored."""

from collections.abc import Callable
from typing import Any

import pytest
import responses

import generate.app
import webhook.app
from ops.rotation import WebhookSecret
from sorami.clients import client
from sorami.jobs import Job
from sorami.store import JobStore
from tests.support.gateway import invoke, request
from tests.support.samples import completed_body, new_user, pending_job
from tests.support.stack import SECRETS, Stack

HOOK = "POST /api/webhooks/image-completion"
GENERATE = "POST /api/images/generate"


@pytest.fixture
def store(stack: Stack, deploy: Callable[..., None]) -> JobStore:
    deploy("WebhookFunction")
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job()).job


def is_shut_to(secret: str, job: Job, store: JobStore) -> bool:
    answer = invoke(webhook.app.handler, request(HOOK, body=completed_body(job.job_id), headers={"x-webhook-secret": secret}))
    return answer.codes == (401, "unauthorized") and store.get(job.job_id) == job


def test_attack_a_wrong_secret(job: Job, store: JobStore) -> None:
    assert is_shut_to("the-wrong-secret", job, store)
    assert is_shut_to(SECRETS["webhook_secret"][:-1], job, store)


def test_attack_an_empty_secret(job: Job, store: JobStore) -> None:
    assert is_shut_to("", job, store), "although the previous secret is empty, too"


def test_attack_an_old_secret(job: Job, store: JobStore, stack: Stack) -> None:
    secret = WebhookSecret(client("secretsmanager"), stack.environment("WebhookFunction")["SECRET_ID"], lambda _: None)
    secret.rotate()
    secret.retire()
    assert is_shut_to(SECRETS["webhook_secret"], job, store)


def test_attack_a_secret_beyond_ascii(job: Job, store: JobStore) -> None:
    assert all(is_shut_to(secret, job, store) for secret in ("le-secret-à-moi-🐱", "\ud800", "the-current-secret\u200b"))


def test_attack_a_secret_of_8_kb(job: Job, store: JobStore) -> None:
    assert is_shut_to(SECRETS["webhook_secret"] * 450, job, store)


def is_unmoved_by(changes: dict[str, Any], job: Job, store: JobStore) -> bool:
    body = completed_body(job.job_id, count=1)
    body["data"]["images"][0] |= changes
    headers = {"x-webhook-secret": SECRETS["webhook_secret"]}
    answer = invoke(webhook.app.handler, request(HOOK, body=body, headers=headers))
    return answer.codes == (400, "invalid_request") and store.get(job.job_id) == job


def test_attack_a_key_that_climbs_out_of_its_jobs_folder(job: Job, store: JobStore) -> None:
    for way in ("../", "%2e%2e/", "..%2f", "./../", "..\\", "//"):
        assert is_unmoved_by({"file_path": f"images/{job.job_id}/{way}x.png"}, job, store), way


def test_attack_a_foreign_bucket(job: Job, store: JobStore) -> None:
    for url in (
        "s3://another-bucket/x.png",
        "https://another-bucket.s3.eu-west-3.amazonaws.com/x.png",
        "https://s3.amazonaws.com/another-bucket/x.png",
    ):
        assert is_unmoved_by({"file_path": "./x.png", "url": url}, job, store), url


def test_attack_an_input_image_at_a_metadata_service(
    stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock
) -> None:
    deploy("GenerateFunction")
    user = new_user()
    for url in (
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://169.254.170.2/v2/credentials",
        "http://metadata.google.internal/",
        "http://someone@169.254.169.254/",
    ):
        answer = invoke(generate.app.handler, request(GENERATE, user=user, body={"prompt": "un chat", "input_image_url": url}))
        assert (answer.status, answer.pointers) == (400, ["#/input_image_url"]), url
    assert len(http.calls) == 0
    assert [one for one in stack.items(stack.jobs_table) if one.get("user_id") == {"S": user}] == []
