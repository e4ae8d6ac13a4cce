"""`make rotate-secret` and what follows it: the webhook takes what an operator says it takes, at once (row 13)."""

import json
from collections.abc import Callable

import pytest

from ops import secret as console
from ops.rotation import WebhookSecret
from sorami.clients import client
from sorami.jobs import Job
from sorami.store import JobStore
from tests.support.gateway import invoke, request
from tests.support.samples import pending_job, progress_body
from tests.support.stack import Stack
from webhook.app import handler
from webhook.app import secret as webhook_secret

FIRST = "the-current-secret"


def pause(seconds: float) -> None:
    """As long as the operator's console waits, by this worker's clock."""
    worker = webhook_secret()
    worker._asked_at -= seconds


@pytest.fixture
def remembered(stack: Stack, deploy: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    deploy("WebhookFunction")
    secret = WebhookSecret(client("secretsmanager"), stack.environment("WebhookFunction")["SECRET_ID"], pause)
    monkeypatch.setattr(console, "webhook_secret_of", lambda _: secret)
    kept: list[str] = []
    monkeypatch.setattr(console, "remember_webhook_secret", kept.append)
    return kept


@pytest.fixture
def job(stack: Stack) -> Job:
    return JobStore(stack.dynamodb, stack.jobs_table).create(pending_job()).job


def status_of(secret: str, job: Job) -> int:
    headers = {"x-webhook-secret": secret}
    return invoke(handler, request("POST /api/webhooks/image-completion", body=progress_body(job.job_id), headers=headers)).status


def test_row_13_a_rotation_refuses_nobody_until_the_old_secret_is_retired(
    remembered: list[str], job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(FIRST, job) == 200
    assert console.main(["rotate"]) == 0
    [fresh] = remembered
    assert [status_of(FIRST, job), status_of(fresh, job)] == [200, 200]
    assert console.main(["retire"]) == 0
    assert [status_of(FIRST, job), status_of(fresh, job)] == [200, 200]  # this worker has yet to read the secret anew
    pause(2)
    assert status_of("unknown", job) == 401  # which makes it do so
    assert [status_of(FIRST, job), status_of(fresh, job)] == [401, 200]
    assert fresh not in capsys.readouterr().out


def test_a_second_rotation_would_shut_the_first_out_and_is_refused(
    remembered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert [console.main(["rotate"]), console.main(["rotate"])] == [0, 1]
    assert len(remembered) == 1
    assert "make retire-secret" in capsys.readouterr().err


def test_of_a_deployed_stack_nothing_is_written_down_here(remembered: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["--stack", "s", "rotate"]) == 0
    assert remembered == []
    assert "make retire-secret STACK=s" in capsys.readouterr().out


def test_the_other_secrets_stay(remembered: list[str], stack: Stack) -> None:
    console.main(["rotate"])
    console.main(["retire"])
    secret = client("secretsmanager").get_secret_value(SecretId=stack.environment("WebhookFunction")["SECRET_ID"])
    values = json.loads(secret["SecretString"])
    assert values == {"webhook_secret": remembered[0], "webhook_secret_previous": "", "backend_api_key": "the-backend-key"}


def test_the_status_shows_fingerprints_and_never_a_secret(remembered: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    console.main(["status"])
    console.main(["rotate"])
    capsys.readouterr()
    assert console.main(["status", "--json"]) == 0
    shown = capsys.readouterr().out
    assert set(json.loads(shown)) == {"current", "previous"}
    assert all(len(fingerprint) == 8 for fingerprint in json.loads(shown).values())
    assert FIRST not in shown
    assert remembered[0] not in shown


def test_with_nothing_to_retire_that_is_said(remembered: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["retire"]) == 0
    assert "no previous secret" in capsys.readouterr().out
