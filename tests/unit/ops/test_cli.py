"""What holds of every command: its help, its exit codes, one sentence for what goes wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError

from local.environment import ROOT
from ops.cli import app
from ops.exits import Exit
from ops.stack import adopt_region
from tests.support.deployed import Deployed
from tests.unit.ops.conftest import Ask


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))
WRITING = [
    ("retry",),
    ("expire",),
    ("parked", "redrive"),
    ("secret", "rotate"),
    ("secret", "retire"),
    ("webhook", "send"),
    ("teardown",),
]


def options(words: tuple[str, ...]) -> set[str]:
    return {option for parameter in COMMANDS[words].params for option in parameter.opts}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_examples_of_itself(words: tuple[str, ...], ask: Ask) -> None:
    answer = ask(*words, "--help")
    assert answer.exit_code == 0
    examples = answer.stdout.partition("Examples")[2]
    assert f"sorami {' '.join(words)}" in examples


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_told_of_in_the_documents(words: tuple[str, ...]) -> None:
    assert f"sorami {' '.join(words)}" in (ROOT / "docs/cli.md").read_text(encoding="utf-8")


def test_every_exit_code_is_told_of() -> None:
    table = (ROOT / "docs/cli.md").read_text(encoding="utf-8").partition("## Exit codes")[2]
    assert all(f"| {code.value} |" in table for code in Exit)


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_whatever_writes_has_a_dry_run_and_asks(words: tuple[str, ...]) -> None:
    assert {"--dry-run", "--yes", "--json"} <= options(words)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_takes_a_stack_and_speaks_json(words: tuple[str, ...]) -> None:
    assert "--stack" in options(words)
    assert "--json" in options(words) or words == ("parked", "show")  # which is JSON in any case


def test_a_stack_that_there_is_not_is_said_to_be_none(ask: Ask) -> None:
    for words in (["jobs"], ["secret", "status"]):
        answer = ask(*words, "--stack", "sorami-typo")
        assert (answer.exit_code, answer.stdout) == (3, "")
        assert "There is no stack 'sorami-typo'" in answer.stderr


class Failing:
    """A client whose every call fails alike."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, _operation: str) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoRegionError(), "Set AWS_REGION"),
        (NoCredentialsError(), "set AWS_PROFILE"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "you may not"}}, "ListStackResources"), "you may not"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_aws_refuses_is_one_line_however_narrow_the_terminal(
    error: Exception, words: str, ask: Ask, site: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    site.clients["cloudformation"] = Failing(error)
    answer = ask("jobs")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "torn down" not in answer.stderr


def test_a_table_that_was_torn_down_is_said_to_be_gone(ask: Ask, site: Deployed) -> None:
    gone = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "Requested resource not found"}}, "Query")
    site.clients["dynamodb"] = Failing(gone)
    answer = ask("jobs")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "was it torn down?" in answer.stderr
    assert "Requested resource not found" in answer.stderr


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
    adopt_region(environment)
    assert environment.get("AWS_DEFAULT_REGION") == region
