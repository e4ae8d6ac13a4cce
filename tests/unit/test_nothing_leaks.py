"""No secret, token or prompt stands in a log line of any level, a metric or an answer: sentinels are looked for."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import responses
from botocore.exceptions import ClientError

import discard.app
import generate.app
import ingest.app
import live.app
import notify.app
import query.app
import reconcile.app
import webhook.app
from sorami.clients import client
from sorami.jobs import new_job_id
from sorami.observability import logger
from sorami.store import JobStore
from tests.support.backend_files import backend_image, completed_on_backend, url_of
from tests.support.gateway import FakeContext, claims_of, request
from tests.support.samples import completed_body, failed_body, minutes, new_user, order, pending_job
from tests.support.stack import BACKEND_URL, Stack
from tests.support.stream import record

SECRETS = {
    "webhook_secret": "sentinel-current-secret",
    "webhook_secret_previous": "sentinel-previous-secret",
    "backend_api_key": "sentinel-backend-key",
}
CURSOR_KEY = "sentinel-cursor-key"
PROMPT = "sentinel-prompt un chat"
TOKEN = "sentinel.bearer.token"  # looked for, not used
WRONG = "sentinel-wrong-secret"
HOOK = "POST /api/webhooks/image-completion"


class Heard:
    """Everything that a function has said, in logs, metrics and answers."""

    def __init__(self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        self._capsys, self._caplog, self.answers = capsys, caplog, list[str]()

    def ask(self, handler: Callable[..., Any], event: Mapping[str, Any]) -> Any:
        answer = handler(dict(event), FakeContext(milliseconds_left=110_000))
        self.answers.append(json.dumps(answer, ensure_ascii=False))
        return answer

    @property
    def log_lines(self) -> list[str]:
        """As CloudWatch gets them, every extra key included."""
        formatter = logger.registered_formatter
        return [str(formatter.format(one)) for one in self._caplog.records]

    def everything(self) -> str:
        out, err = self._capsys.readouterr()
        return "\n".join([*self.answers, *self.log_lines, out, err])


@pytest.fixture
def heard(stack: Stack, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Heard:
    stack.put_secret("ServiceSecret", SECRETS)
    stack.put_secret("CursorSecret", {"key": CURSOR_KEY})
    caplog.set_level("INFO")
    caplog.set_level("DEBUG", logger.name)  # our own: LogLevel says nothing of libraries
    return Heard(capsys, caplog)


@pytest.fixture
def user() -> str:
    return new_user()


def asked(route: str, user: str, **more: Any) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {TOKEN}", **more.pop("headers", {})}
    return request(route, claims=claims_of(user), headers=headers, **more)


def refuse_everything(monkeypatch: pytest.MonkeyPatch, *services: str) -> None:
    """Every call of these services ends as an AWS error whose text tells too much."""

    def refuse(_client: Any, operation: str, _parameters: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError", "Message": f"sentinel-internals {TOKEN}"}}, operation)

    for service in services:
        monkeypatch.setattr(type(client(service)), "_make_api_call", refuse)  # type: ignore[call-overload]  # any of them


@pytest.mark.parametrize("backend", [202, 400, 401, 500])
def test_generate_tells_of_no_prompt_no_token_and_no_key(
    backend: int, heard: Heard, user: str, deploy: Callable[..., None], http: responses.RequestsMock
) -> None:
    deploy("GenerateFunction")
    http.add("POST", f"{BACKEND_URL}/api/images/generate", json={"message": "non"}, status=backend)
    heard.ask(generate.app.handler, asked("POST /api/images/generate", user, body={"prompt": PROMPT}))
    heard.ask(generate.app.handler, asked("POST /api/images/generate", user, body={"prompt": PROMPT, "size": "huge"}))
    heard.ask(
        generate.app.handler, asked("POST /api/images/generate", user, body={"prompt": PROMPT, "input_image_url": "file:///x"})
    )
    key: Any = http.calls[0].request.headers["Authorization"]
    assert key == f"Bearer {SECRETS['backend_api_key']}".encode(), "it was used"
    assert len(heard.log_lines) >= 3
    assert "sentinel" not in heard.everything()


def test_the_webhook_tells_of_no_secret_and_no_prompt(
    heard: Heard, stack: Stack, deploy: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy("WebhookFunction")
    job = JobStore(stack.dynamodb, stack.jobs_table).create(pending_job(order=order(prompt=PROMPT))).job
    good = {"x-webhook-secret": SECRETS["webhook_secret"]}
    for headers in ({}, {"x-webhook-secret": WRONG}, good):
        heard.ask(webhook.app.handler, request(HOOK, body=completed_body(job.job_id), headers=headers))
    for body in ("{", failed_body(job.job_id), completed_body(new_job_id())):
        heard.ask(webhook.app.handler, request(HOOK, body=body, headers=good))
    refuse_everything(monkeypatch, "dynamodb")
    heard.ask(webhook.app.handler, request(HOOK, body=completed_body(job.job_id), headers=good))
    assert len(heard.log_lines) >= 6
    assert "sentinel" not in heard.everything()


def test_reads_show_the_prompt_to_its_owner_and_to_no_log(
    heard: Heard, user: str, stack: Stack, deploy: Callable[..., None]
) -> None:
    deploy("QueryFunction")
    jobs = JobStore(stack.dynamodb, stack.jobs_table)
    job, _ = [jobs.create(pending_job(user_id=user, order=order(prompt=PROMPT))).job for _ in range(2)]
    page = heard.ask(query.app.handler, asked("GET /api/images/user", user, query={"status": "ALL", "limit": "1"}))
    assert PROMPT in page["body"], "its owner sees it"
    assert json.loads(page["body"])["next_cursor"], "the cursor's key was used"
    heard.answers.clear()
    for question in ("status", "result"):
        heard.ask(query.app.handler, asked(f"GET /api/images/{{id}}/{question}", user, path={"id": job.job_id}))
    heard.ask(query.app.handler, asked("GET /api/images/user", user, query={"cursor": TOKEN}))
    heard.ask(query.app.handler, asked("PUT /api/notifications", user, body={"notificationId": "nobodys", "isRead": True}))
    assert heard.log_lines
    assert "sentinel" not in heard.everything()


@pytest.mark.parametrize(
    ("function", "handler", "event"),
    [
        ("DiscardFunction", discard.app.handler, ("POST /api/images/{id}/cancel", {"path": {"id": new_job_id()}})),
        ("QueryFunction", query.app.handler, ("GET /api/notifications", {})),
        ("LiveFunction", live.app.handler, ("POST /api/notifications/ticket", {})),
        ("GenerateFunction", generate.app.handler, ("POST /api/images/generate", {"body": {"prompt": PROMPT}})),
    ],
)
def test_what_aws_says_of_an_error_reaches_no_caller(
    function: str,
    handler: Callable[..., Any],
    event: tuple[str, dict[str, Any]],
    *,
    heard: Heard,
    user: str,
    deploy: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deploy(function)
    refuse_everything(monkeypatch, "dynamodb", "secretsmanager")
    route, more = event
    assert heard.ask(handler, asked(route, user, **more))["statusCode"] == 503
    assert heard.log_lines
    assert "sentinel" not in heard.everything()


def test_notify_and_reconcile_log_no_prompt_and_no_key(
    heard: Heard, stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock
) -> None:
    jobs = JobStore(stack.dynamodb, stack.jobs_table)
    job = jobs.create(pending_job(order=order(prompt=PROMPT), due_at=minutes(0))).job
    deploy("ReconcileFunction")
    http.add("GET", f"{BACKEND_URL}/api/images/status/{job.job_id}", status=500, body=PROMPT)
    http.add("GET", f"{BACKEND_URL}/api/images/status/{job.job_id}", status=404)
    http.add("POST", f"{BACKEND_URL}/api/images/generate", status=400, json={"message": "non"})
    heard.ask(reconcile.app.handler, {})
    deploy("NotifyFunction")
    heard.ask(
        notify.app.handler,
        {"Records": [record(stack.item(job.job_id) or {}), record({"job_id": {"S": "x"}, "prompt": {"S": PROMPT}})]},
    )
    assert heard.log_lines
    assert "sentinel" not in heard.everything()


@pytest.mark.parametrize("answer", [{"body": PROMPT}, {"status": 500, "body": PROMPT}, {"body": ConnectionError(PROMPT)}])
def test_ingest_logs_neither_the_prompt_nor_what_the_backend_says(
    answer: dict[str, Any],
    heard: Heard,
    stack: Stack,
    deploy: Callable[..., None],
    http: responses.RequestsMock,
) -> None:
    deploy("IngestFunction")
    jobs = JobStore(stack.dynamodb, stack.jobs_table)
    job = jobs.create(pending_job(order=order(prompt=PROMPT))).job
    pending = stack.item(job.job_id)
    jobs.apply(job.job_id, completed_on_backend(job, backend_image(job.job_id, description=PROMPT)), minutes(5))
    event = {"Records": [record(stack.item(job.job_id) or {}, pending)]}
    http.add("GET", url_of(job.job_id), **answer)
    heard.ask(ingest.app.handler, event)
    assert len(http.calls) == 1
    assert heard.log_lines
    assert "sentinel" not in heard.everything()
