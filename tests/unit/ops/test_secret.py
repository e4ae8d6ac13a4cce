"""`sorami secret`: the webhook takes what an operator says it takes, at once (row 13), and no command shows a secret."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from examples.backend.secret import secret_source
from local.record import load
from ops.rotation import WebhookSecret
from sorami.jobs import Job
from sorami.store import JobStore
from tests.support.gateway import invoke, request
from tests.support.samples import pending_job, progress_body
from tests.support.stack import Stack
from tests.unit.ops.conftest import Ask
from webhook.app import handler
from webhook.app import secret as webhook_secret

FIRST = "the-current-secret"

type AskJson = Callable[..., Any]
type Values = Callable[[], dict[str, str]]


def pause(seconds: float) -> None:
    """As long as the operator's console waits, by this worker's clock."""
    worker = webhook_secret()
    worker._asked_at -= seconds


@pytest.fixture
def values(stack: Stack, deploy: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Values:
    """The service secret as it stands."""
    deploy("WebhookFunction")
    monkeypatch.setattr("ops.stack.WebhookSecret", partial(WebhookSecret, pause=pause))

    def read() -> dict[str, str]:
        secret = stack.secrets.get_secret_value(SecretId=stack.environment("WebhookFunction")["SECRET_ID"])
        found: dict[str, str] = json.loads(secret["SecretString"])
        return found

    return read


@pytest.fixture
def job(stack: Stack) -> Job:
    return JobStore(stack.dynamodb, stack.jobs_table).create(pending_job()).job


def status_of(secret: str, job: Job) -> int:
    headers = {"x-webhook-secret": secret}
    return invoke(handler, request("POST /api/webhooks/image-completion", body=progress_body(job.job_id), headers=headers)).status


def test_row_13_a_rotation_refuses_nobody_until_the_old_secret_is_retired(values: Values, job: Job, ask: Ask) -> None:
    assert status_of(FIRST, job) == 200
    said = ask("secret", "rotate")
    assert said.exit_code == 0
    fresh = values()["webhook_secret"]
    assert [status_of(FIRST, job), status_of(fresh, job)] == [200, 200]
    assert ask("secret", "retire").exit_code == 0
    assert [status_of(FIRST, job), status_of(fresh, job)] == [200, 200]  # this worker has yet to read the secret anew
    pause(2)
    assert status_of("unknown", job) == 401  # which makes it do so
    assert [status_of(FIRST, job), status_of(fresh, job)] == [401, 200]
    assert fresh not in said.output


def test_a_second_rotation_would_shut_the_first_out_and_is_refused(values: Values, ask: Ask) -> None:
    assert ask("secret", "rotate").exit_code == 0
    once = values()
    for words in ([], ["--dry-run"]):
        refused = ask("secret", "rotate", *words)
        assert refused.exit_code == 4
        assert "sorami secret retire --stack sorami-test" in refused.stderr
    assert values() == once


def test_a_rotation_of_the_local_stack_is_written_down_for_other_programs(values: Values, local_state: Path, ask: Ask) -> None:
    said = ask("secret", "rotate", "--stack", f"{local_state}/")
    assert said.exit_code == 0
    assert str(local_state / "stack.json") in said.output.replace("\n", "")
    assert load(local_state).webhook_secret == values()["webhook_secret"] != FIRST


def test_the_local_stacks_backend_has_the_fresh_secret_before_the_former_one_is_refused(
    values: Values, local_state: Path, ask: Ask
) -> None:
    path, here = local_state / "webhook-secret", ("--stack", f"{local_state}/")
    backend = secret_source(FIRST, path)
    ask("secret", "rotate", *here)
    assert backend() == values()["webhook_secret"] != FIRST
    assert path.stat().st_mode & 0o077 == 0
    path.write_text(FIRST)  # as a rotation leaves it that was interrupted in between
    ask("secret", "retire", *here)
    assert (backend(), values()["webhook_secret_previous"]) == (values()["webhook_secret"], "")


def test_the_other_secrets_stay(values: Values, ask: Ask) -> None:
    ask("secret", "rotate")
    fresh = values()["webhook_secret"]
    ask("secret", "retire")
    assert values() == {"webhook_secret": fresh, "webhook_secret_previous": "", "backend_api_key": "the-backend-key"}


@pytest.mark.parametrize("deed", ["rotate", "retire"])
def test_a_dry_run_writes_nothing(deed: str, values: Values, ask: Ask, ask_json: AskJson) -> None:
    if deed == "retire":
        ask("secret", "rotate")
    before = values()
    assert "Dry run, nothing was written." in ask("secret", deed, "--dry-run").stdout
    assert ask_json("secret", deed, "--dry-run")["dry_run"] is True
    assert values() == before


def test_the_status_shows_fingerprints_and_never_a_secret(values: Values, ask: Ask, ask_json: AskJson) -> None:
    assert ask_json("secret", "status")["previous"] is None
    said = ask_json("secret", "rotate")
    shown = ask("secret", "status").output + json.dumps([said, ask_json("secret", "status")])
    assert {len(ask_json("secret", "status")[word]) for word in ("current", "previous")} == {8}
    assert (said["rotated"], said["current"]) == (True, ask_json("secret", "status")["current"])
    assert FIRST not in shown
    assert values()["webhook_secret"] not in shown


def test_with_nothing_to_retire_that_is_said(values: Values, ask: Ask, ask_json: AskJson) -> None:
    assert "no previous secret" in ask("secret", "retire").stdout
    assert ask_json("secret", "retire")["retired"] is False
