"""The main job, every function of it in a container of its own: asked for, made, reported, stored, read back, notified."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.aws import Clients
from local.sam_local.serving import WEBHOOK_PATH, Serving
from local.stack import Stack
from sorami.store import JobStore
from tests.support.api import progress, wait_for
from tests.support.events import event
from tests.support.samples import order, pending_job

SECONDS = 120  # on a busy machine a container takes its time


@pytest.fixture
def user() -> str:
    return f"user_{uuid4().hex[:12]}"


def ask(containers: Serving, function: str, sent: dict[str, Any]) -> tuple[int, Any]:
    """Status and body of what the function answers to a whole event, by `sam local start-lambda`."""
    answer = containers.call(function, sent)
    return answer["statusCode"], json.loads(answer["body"])


def end_of(containers: Serving, job_id: str, user: str) -> dict[str, Any]:
    def look() -> dict[str, Any]:
        status, found = ask(containers, "QueryFunction", event("status", job_id=job_id, user=user))
        assert status == 200, found
        return dict(found)

    return wait_for(look, lambda found: found["status"] in {"COMPLETED", "FAILED"}, f"the end of {job_id}", SECONDS)


def invoke(containers: Serving, function: str, sent: dict[str, Any], folder: Path) -> Any:
    """What the function answers to `sam local invoke`."""
    file = folder / "event.json"
    file.write_text(json.dumps(sent), encoding="utf-8")
    finished = containers.sam.invoke(function, file)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_health_is_answered_and_a_token_opens_nothing_without_an_authorizer(containers: Serving, stack: Stack) -> None:
    health = requests.get(f"{containers.api_url}/health", timeout=SECONDS)
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    token = {"Authorization": f"Bearer {stack.token('user_1')}"}
    refused = requests.get(f"{containers.api_url}/api/notifications", headers=token, timeout=SECONDS)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")


def test_the_main_job_runs_in_containers_from_prompt_to_notification(
    containers: Serving, stack: Stack, user: str, tmp_path: Path
) -> None:
    status, accepted = ask(containers, "GenerateFunction", event("generate", user=user))
    assert (status, accepted["status"]) == (202, "PENDING")
    job_id = accepted["job_id"]

    ended = end_of(containers, job_id, user)
    assert ended["status"] == "COMPLETED", ended
    reports = (containers.sam.folder / "start-api.log").read_text(encoding="utf-8").count(f"POST {WEBHOOK_PATH}")
    assert reports > 1  # the backend's, over HTTP

    status, result = ask(containers, "QueryFunction", event("result", job_id=job_id, user=user))
    assert (status, len(result["images"])) == (200, 2)
    for image in result["images"]:
        content = requests.get(image["url"], timeout=SECONDS).content
        assert (content[8:12], len(content)) == (b"WEBP", image["size_bytes"])

    feed = event("notifications", user=user)
    assert ask(containers, "QueryFunction", feed)[1]["notifications"] == []  # the stack's own notify stands still
    told = invoke(containers, "NotifyFunction", event("notify", job_id=job_id, user=user), tmp_path)
    assert told == {"batchItemFailures": []}
    (notification,) = ask(containers, "QueryFunction", feed)[1]["notifications"]
    assert notification["type"] == "IMAGE_COMPLETED"
    assert notification["metadata"]["generationId"] == job_id


def test_a_report_is_taken_with_the_secret_only_and_once(containers: Serving, stack: Stack, user: str) -> None:
    job = pending_job(user_id=user, created_at=datetime.now(UTC), due_at=datetime.now(UTC) + timedelta(hours=1))
    jobs_of(stack).create(job)
    url, body = f"{containers.api_url}{WEBHOOK_PATH}", progress(job.job_id, "generating", 60)
    assert requests.post(url, json=body, timeout=SECONDS).status_code == 401
    secret = {"X-Webhook-Secret": stack.webhook_secret}
    answers = [requests.post(url, json=body, headers=secret, timeout=SECONDS).json()["applied"] for _ in range(2)]
    assert answers == [True, False]
    sent = event("webhook", job_id=job.job_id, webhook_secret=stack.webhook_secret)
    status, answer = ask(containers, "WebhookFunction", sent)
    assert (status, answer["applied"], answer["status"]) == (200, False, "GENERATING")


def test_reconcile_submits_a_job_that_its_backend_never_got(containers: Serving, stack: Stack, user: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    job = pending_job(user_id=user, order=order(input_image_url=None), created_at=now, due_at=now - timedelta(seconds=1))
    jobs_of(stack).create(job)
    report = invoke(containers, "ReconcileFunction", event("reconcile"), tmp_path)
    assert report == {"jobs": 1, "failures": 0, "is_cut": False}
    ended = end_of(containers, job.job_id, user)
    assert ended["status"] == "COMPLETED", ended


def jobs_of(stack: Stack) -> JobStore:
    clients = Clients(stack.aws_endpoint_url)
    return JobStore(clients.session.client("dynamodb", endpoint_url=stack.aws_endpoint_url), stack.jobs_table)
