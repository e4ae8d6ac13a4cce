"""`sorami teardown`: all of a throw-away stack, nothing of one in production, and never by mistake."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import WaiterError
from moto import mock_aws

from tests.support.deployed import Deployed
from tests.support.stack import REGION, Stack
from tests.unit.ops.conftest import Ask


@pytest.fixture
def moto_stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """One for each test, since little is left of it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        yield Stack()


def tables(stack: Stack) -> list[str]:
    return list(stack.dynamodb.list_tables()["TableNames"])


def buckets(stack: Stack) -> list[str]:
    return [one["Name"] for one in stack.s3.list_buckets()["Buckets"]]


def with_files(stack: Stack, number: int) -> None:
    for index in range(number):
        stack.s3.put_object(Bucket=stack.images_bucket, Key=f"images/{index}/image_1.webp", Body=b"x")


def test_stack_tables_bucket_and_files_go(ask: Ask, site: Deployed, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.demolition._BATCH", 2)
    with_files(stack, 5)
    answer = ask("teardown", "--yes")
    assert answer.exit_code == 0, answer.stderr
    assert (site.cloudformation.status, tables(stack), buckets(stack)) == ("DELETE_COMPLETE", [], [])
    assert "5 file(s)" in answer.stdout


def test_files_that_were_overwritten_go_too(ask: Ask, stack: Stack) -> None:
    stack.s3.put_bucket_versioning(Bucket=stack.images_bucket, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        with_files(stack, 1)
    stack.s3.delete_object(Bucket=stack.images_bucket, Key="images/0/image_1.webp")
    assert ask("teardown", "--yes").exit_code == 0
    assert buckets(stack) == []


def test_what_a_deleted_stack_has_left_is_found_and_goes(ask: Ask, site: Deployed, stack: Stack) -> None:
    """By `sam delete`, or by a teardown that was interrupted."""
    site.cloudformation.status = "DELETE_COMPLETE"
    stack.dynamodb.delete_table(TableName=stack.jobs_table)
    answer = ask("teardown", "--yes")
    assert answer.exit_code == 0, answer.stderr
    assert (tables(stack), buckets(stack)) == ([], [])


def test_a_second_teardown_has_nothing_to_do(ask: Ask) -> None:
    assert [ask("teardown", "--yes").exit_code for _ in range(2)] == [0, 0]


def test_data_stays_while_its_stack_does(ask: Ask, site: Deployed, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise WaiterError("stack_delete_complete", "it is DELETE_FAILED", {})

    monkeypatch.setattr(site.cloudformation, "get_waiter", lambda _: SimpleNamespace(wait=fail))
    answer = ask("teardown", "--yes")
    assert answer.exit_code == 1
    assert "was not deleted" in answer.stderr
    assert (len(tables(stack)), len(buckets(stack))) == (2, 1)


def test_production_is_not_taken_down(ask: Ask, site: Deployed, stack: Stack) -> None:
    site.cloudformation.parameters["Environment"] = "prod"
    for status in ("UPDATE_COMPLETE", "DELETE_COMPLETE"):
        site.cloudformation.status = status
        answer = ask("teardown", "--yes")
        assert answer.exit_code == 4
        assert "is in production" in answer.stderr
    assert len(tables(stack)) == 2


@pytest.mark.parametrize("missing", ["Environment", "JwtIssuer", "BackendUrl"])
def test_a_stack_of_another_template_is_left_alone(missing: str, ask: Ask, site: Deployed, stack: Stack) -> None:
    """One of ours says what it is for; of any other nobody here knows whether it is in production."""
    del site.cloudformation.parameters[missing]
    assert ask("teardown", "--yes").exit_code == 4
    assert site.cloudformation.status == "UPDATE_COMPLETE"
    assert len(tables(stack)) == 2


def test_a_dry_run_names_all_of_it_and_deletes_nothing(ask: Ask, site: Deployed, stack: Stack) -> None:
    answer = ask("teardown", "--dry-run")
    assert answer.exit_code == 0
    for name in ("the stack sorami-test", stack.jobs_table, stack.notifications_table, stack.images_bucket):
        assert name in answer.stdout
    assert (site.cloudformation.status, len(tables(stack)), len(buckets(stack))) == ("UPDATE_COMPLETE", 2, 1)


def test_a_program_has_to_say_yes(ask: Ask, stack: Stack) -> None:
    answer = ask("teardown")
    assert answer.exit_code == 4
    assert "say --yes" in answer.stderr
    assert len(tables(stack)) == 2


@pytest.mark.parametrize(("typed", "code"), [("sorami-test", 0), ("y", 4), ("", 4)])
def test_a_person_has_to_type_the_stacks_name(
    typed: str, code: int, ask: Ask, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.commands.teardown.is_terminal", lambda: True)
    monkeypatch.setattr("ops.commands.teardown.typer.prompt", lambda *_, **__: typed)
    assert ask("teardown").exit_code == code
    assert len(tables(stack)) == (0 if code == 0 else 2)


def test_there_is_no_stack_that_is_meant_without_saying_so(ask: Ask) -> None:
    answer = ask("teardown", "--help")
    assert "required" in answer.stdout


def test_what_never_was_is_said_to_be_none(ask: Ask) -> None:
    answer = ask("teardown", "--stack", "sorami-typo")
    assert answer.exit_code == 3
    assert "no stack 'sorami-typo'" in answer.stderr


def test_its_outcome_is_told_to_programs(ask_json: Any, stack: Stack) -> None:
    assert ask_json("teardown", "--dry-run") == {
        "stack": "sorami-test",
        "stands": True,
        "tables": [stack.jobs_table, stack.notifications_table],
        "bucket": stack.images_bucket,
        "written": False,
        "dry_run": True,
    }
