"""The events in tests/events are what the functions take, so that whoever sends one by hand sees the function at work."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import responses

from generate.app import handler as generate
from notify.app import handler as notify
from query.app import handler as query
from reconcile.app import handler as reconcile
from sorami.store import JobStore
from tests.support import events
from tests.support.events import event
from tests.support.gateway import FakeContext, invoke
from tests.support.roles import routes
from tests.support.samples import completed, minutes, new_user, pending_job
from tests.support.stack import BACKEND_URL, Stack
from webhook.app import handler as webhook

FUNCTIONS = {
    "generate": "GenerateFunction",
    "webhook": "WebhookFunction",
    "status": "QueryFunction",
    "result": "QueryFunction",
    "notifications": "QueryFunction",
}
OF_A_GATEWAY = {"version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"}


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


def test_there_is_an_event_for_the_main_job_from_one_end_to_the_other() -> None:
    assert set(events.NAMES) == {*FUNCTIONS, "notify", "reconcile"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_request_is_as_the_gateway_hands_it_on(name: str) -> None:
    said = event(name)
    context = said["requestContext"]
    known = routes(FUNCTIONS[name])
    assert said.keys() >= OF_A_GATEWAY
    assert said["routeKey"] in known
    assert said["routeKey"] == context["routeKey"]
    assert (context["http"]["method"], context["http"]["path"]) == (said["routeKey"].split()[0], said["rawPath"])
    assert said["rawPath"] == said["routeKey"].split()[1].replace("{id}", quote(events.JOB_ID))
    assert [header for header in said["headers"] if header != header.lower()] == []
    assert ("authorizer" in context) is (known[said["routeKey"]].get("Auth") is None)
    assert int(said["headers"].get("content-length", "0")) == len(said.get("body", "").encode())


def test_every_id_is_the_runs_own() -> None:
    for name in events.NAMES:
        filled = json.dumps(event(name, job_id="another-job", user="another-user", webhook_secret="another-secret"))
        assert [old for old in (events.JOB_ID, events.USER, events.WEBHOOK_SECRET) if old in filled] == []


def test_generate_takes_its_event(deploy: Callable[..., None], http: responses.RequestsMock, store: JobStore) -> None:
    deploy("GenerateFunction")
    http.post(f"{BACKEND_URL}/api/images/generate", status=202)
    user = new_user()
    answer = invoke(generate, event("generate", user=user))
    assert answer.status == 202
    job = store.get(answer.json["job_id"])
    assert (job.user_id, job.order.num_images, job.order.format) == (user, 2, "WEBP")


def test_webhook_takes_its_event(deploy: Callable[..., None], store: JobStore) -> None:
    deploy("WebhookFunction")
    job = pending_job()
    store.create(job)
    assert invoke(webhook, event("webhook", job_id=job.job_id)).status == 401
    answer = invoke(webhook, event("webhook", job_id=job.job_id, webhook_secret="the-current-secret"))
    assert (answer.status, answer.json["applied"]) == (200, True)
    assert store.get(job.job_id).progress == 60


@pytest.mark.parametrize("name", ["status", "result", "notifications"])
def test_query_takes_its_events(name: str, deploy: Callable[..., None], store: JobStore) -> None:
    deploy("QueryFunction")
    job = pending_job()
    store.create(job)
    store.apply(job.job_id, completed(job.job_id), minutes(5))
    answer = invoke(query, event(name, job_id=job.job_id, user=job.user_id))
    assert answer.status == 200
    assert answer.json.get("job_id", job.job_id) == job.job_id


def test_notify_makes_a_notification_of_its_event(deploy: Callable[..., None], stack: Stack) -> None:
    deploy("NotifyFunction")
    job_id, user = pending_job().job_id, new_user()
    assert notify(event("notify", job_id=job_id, user=user), FakeContext(milliseconds_left=30_000)) == {"batchItemFailures": []}
    (told,) = _rows(stack, user)
    assert told["metadata"]["M"]["generationId"] == {"S": job_id}
    assert told["type"] == {"S": "IMAGE_COMPLETED"}


def test_reconcile_looks_after_silent_jobs_on_its_event(
    deploy: Callable[..., None], http: responses.RequestsMock, store: JobStore
) -> None:
    deploy("ReconcileFunction")
    job = pending_job(created_at=datetime.now(UTC), due_at=minutes(1))
    store.create(job)
    http.get(f"{BACKEND_URL}/api/images/status/{job.job_id}", status=404)
    asked = http.post(f"{BACKEND_URL}/api/images/generate", status=202)
    report = reconcile(event("reconcile"), FakeContext(milliseconds_left=120_000))  # type: ignore[arg-type]
    assert (report["failures"], asked.call_count) == (0, 1)


def _rows(stack: Stack, user: str) -> list[dict[str, Any]]:
    return [row for row in stack.items(stack.notifications_table) if row["user_id"] == {"S": user} and "type" in row]
