import sys

import pytest
from botocore.exceptions import NoRegionError

from ops import inspect
from ops.stack import Tables
from sorami.store import JobStore
from tests.support.samples import failed, minutes, pending_job
from tests.support.stack import Stack


def ask(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["inspect", *words])
    return inspect.main()


@pytest.fixture
def empty(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables(stack.dynamodb, stack.jobs_table, stack.notifications_table)
    monkeypatch.setattr(inspect, "tables_of", lambda _: tables)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["jobs"], "No jobs yet."),
        (["notifications"], "No notifications yet."),
        (["notifications", "--sub", "nobody"], "No notifications yet."),
        (["--json", "jobs"], "[]"),
    ],
)
def test_where_there_is_nothing_a_sentence_says_so(
    words: list[str], sentence: str, empty: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(monkeypatch, *words) == 0
    assert capsys.readouterr().out == f"{sentence}\n"


def test_a_deleted_job_is_not_shown(
    empty: None, stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = JobStore(stack.dynamodb, stack.jobs_table)
    job = store.create(pending_job()).job
    assert store.bury(store.apply(job.job_id, failed(), minutes(1)).job, minutes(2))
    assert ask(monkeypatch, "jobs") == 0
    assert capsys.readouterr().out == "No jobs yet.\n"
    assert ask(monkeypatch, "job", job.job_id) == 1


def test_a_deployed_stack_without_a_region_is_one_line_that_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere(_: str | None) -> Tables:
        raise NoRegionError

    monkeypatch.setattr(inspect, "tables_of", nowhere)
    assert ask(monkeypatch, "--stack", "s", "jobs") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Set AWS_REGION" in said.err
    assert said.err.count("\n") == 1  # however narrow the terminal


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({"AWS_REGION": "eu-west-3"}, "eu-west-3"),
        ({"AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-3"),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        ({}, None),
    ],
)
def test_aws_region_is_heard_too(environment: dict[str, str], region: str | None) -> None:
    inspect.adopt_region(environment)
    assert environment.get("AWS_DEFAULT_REGION") == region
