import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from local.failures import LocalFailure
from local.sam_local.variables import declare, deployed_variables, for_containers, functions_in

WEBHOOK = "http://127.0.0.1:3000/api/webhooks/image-completion"


def reach(url: str) -> str:
    return url.replace("127.0.0.1", "172.17.0.1")


def told(deployed: dict[str, str], more: dict[str, str] | None = None) -> dict[str, str]:
    return for_containers({"F": deployed}, more or {}, WEBHOOK, reach)["F"]


def test_what_a_function_calls_on_this_machine_is_reached_from_a_container() -> None:
    live = "http://127.0.0.1:4566/_aws/execute-api/1a2b/live"
    deployed = {"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": live, "BACKEND_URL": "http://127.0.0.1:5001/v1"}
    found = told(deployed, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    assert found == {
        "AWS_ENDPOINT_URL": "http://172.17.0.1:4566",
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "http://172.17.0.1:4566/_aws/execute-api/1a2b/live",
        "BACKEND_URL": "http://172.17.0.1:5001/v1",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIVE_URL", "ws://127.0.0.1:4566/_aws/execute-api/1a2b/live"),
        ("BACKEND_URL", "https://backend.example.net"),
        ("JOBS_TABLE", "sorami-local-JobsTable-1"),
        ("WEBHOOK_AUTH", "secret"),
    ],
)
def test_what_others_use_and_what_lies_elsewhere_stays(name: str, value: str) -> None:
    assert told({name: value}) == {name: value}


def test_backends_are_told_where_reports_go_only_by_those_who_tell_them() -> None:
    assert told({"WEBHOOK_URL": ""}) == {"WEBHOOK_URL": WEBHOOK}
    assert told({"JOBS_TABLE": "jobs"}) == {"JOBS_TABLE": "jobs"}


def test_a_function_that_is_not_deployed_is_named() -> None:
    with pytest.raises(LocalFailure, match="no LiveFunction, NewFunction: it was deployed from another template"):
        deployed_variables(cast(Any, None), {"QueryFunction": "q-1"}, ["QueryFunction", "LiveFunction", "NewFunction"])


def test_each_function_has_the_variables_of_its_deployed_self() -> None:
    configurations: dict[str, Any] = {"q-1": {"Environment": {"Variables": {"JOBS_TABLE": "jobs"}}}, "n-1": {}}
    client = SimpleNamespace(get_function_configuration=lambda FunctionName: configurations[FunctionName])  # noqa: N803  # boto3's
    physical = {"QueryFunction": "q-1", "NotifyFunction": "n-1"}
    assert deployed_variables(cast(Any, client), physical, [*physical]) == {
        "QueryFunction": {"JOBS_TABLE": "jobs"},
        "NotifyFunction": {},
    }


def test_the_built_template_names_every_variable_and_keeps_all_else(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Handler": "h", "Environment": {"Variables": {"KEPT": {"Ref": "P"}}}},
    }
    bare = {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "b"}}
    template.write_text(json.dumps({"Resources": {"F": function, "B": bare, "T": {"Type": "AWS::DynamoDB::Table"}}}))
    assert functions_in(template) == ["F", "B"]
    declare(template, {"F": {"AWS_ENDPOINT_URL": "http://172.17.0.1:1"}, "B": {"X": "1"}})
    resources = yaml.safe_load(template.read_text())["Resources"]
    assert resources["F"]["Properties"] == {
        "Handler": "h",
        "Environment": {"Variables": {"KEPT": {"Ref": "P"}, "AWS_ENDPOINT_URL": ""}},
    }
    assert resources["B"]["Properties"]["Environment"] == {"Variables": {"X": ""}}
    assert resources["T"] == {"Type": "AWS::DynamoDB::Table"}
