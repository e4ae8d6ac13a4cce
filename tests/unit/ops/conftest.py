"""The console as an operator calls it, on a deployed stack: `ask("jobs", "--json")`."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from local.record import save
from ops.cli import app
from tests.support.deployed import NAME, Deployed, deployed
from tests.support.stack import Stack
from tests.unit.local.test_record import STACK

type Ask = Callable[..., Result]

_ON_A_STACK = {
    "jobs",
    "job",
    "notifications",
    "retry",
    "expire",
    "parked",
    "secret",
    "webhook",
    "doctor",
    "import",
    "cost",
    "outputs",
    "teardown",
}


@pytest.fixture
def site(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """The deployed stack that every command of `ask` means."""
    found = deployed(stack)
    monkeypatch.setattr("ops.stack.boto3.client", found.client)
    return found


@pytest.fixture
def ask(site: Deployed, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs `sorami` with these words, on the deployed stack unless they name another. An unexpected exception escapes."""
    monkeypatch.setenv("COLUMNS", "160")

    def run(*words: str) -> Result:
        elsewhere = words[0] not in _ON_A_STACK or "--stack" in words or "--help" in words
        more = [] if elsewhere else ["--stack", NAME]
        return CliRunner().invoke(app, [*words, *more], catch_exceptions=False)

    return run


@pytest.fixture
def ask_json(ask: Ask) -> Callable[..., Any]:
    """As `ask`, of commands that succeed: what they print, read as JSON."""

    def run(*words: str) -> Any:
        answer = ask(*words, "--json")
        assert answer.exit_code == 0, answer.stderr
        return json.loads(answer.stdout)

    return run


@pytest.fixture
def local_state(site: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a running local stack, whose AWS is moto's."""

    class Session:
        @staticmethod
        def client(service: Any, **_: Any) -> Any:
            return site.client(service)

    monkeypatch.setattr("ops.stack.admin_session", Session)
    site.cloudformation.parameters["Environment"] = "local"
    here = replace(STACK, pid=os.getpid(), stack_name=NAME, webhook_secret_file=str(tmp_path / "webhook-secret"))
    save(replace(here, resources=site.cloudformation.resources), tmp_path)
    return tmp_path
