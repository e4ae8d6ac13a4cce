"""A function that is called by an alias is met as it is now only when a version of it was published."""

from types import SimpleNamespace
from typing import Any, cast

from local.aliases import LOGICAL_ENDING, NAME, publish
from tests.support.template import properties, resources


def test_an_alias_moves_to_a_version_of_its_function_as_it_is_now_and_no_other_function_gets_one() -> None:
    known = {"generate": [{"Name": "live"}], "notify": []}
    calls: list[tuple[str, Any]] = []

    def published(*, FunctionName: str) -> dict[str, str]:  # noqa: N803  # boto3's names
        calls.append(("publish", FunctionName))
        return {"Version": "8"}

    client = SimpleNamespace(
        list_aliases=lambda FunctionName: {"Aliases": known[FunctionName]},  # noqa: N803  # as above
        publish_version=published,
        update_alias=lambda **what: calls.append(("update", what)),
    )
    publish(cast(Any, client), known)
    moved = {"FunctionName": "generate", "Name": "live", "FunctionVersion": "8"}
    assert calls == [("publish", "generate"), ("update", moved)]


def test_the_alias_is_called_as_the_template_names_it() -> None:
    named = {properties(name).get("AutoPublishAlias") for name in resources("AWS::Serverless::Function")}
    assert named == {NAME, None}
    assert f"Alias{NAME}" == LOGICAL_ENDING
