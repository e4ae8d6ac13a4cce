"""Every alarm tells somebody, has a section in the runbook, and watches what is really counted."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from sorami.jobs import ErrorCode
from tests.support.template import properties, resources

ROOT = Path(__file__).parents[2]
ALARMS = sorted(resources("AWS::CloudWatch::Alarm"))
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
OWN = {"Fn::Sub": "Sorami/${AWS::StackName}"}


def counted(folder: Path) -> set[str]:
    """Names that the code of one function counts or measures by literals."""
    calls = [
        node for file in folder.rglob("*.py") for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)
    ]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in {"count", "measure"} and isinstance(call.args[0], ast.Constant)
    }


def sections() -> dict[str, str]:
    found = re.split(r"^## (\w+Alarm)$", RUNBOOK, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_the_runbook_has_a_section_for_each_alarm_and_for_nothing_else() -> None:
    assert sorted(sections()) == ALARMS


@pytest.mark.parametrize("alarm", ALARMS)
def test_a_section_says_what_it_means_where_to_look_what_to_do_and_how_to_verify(alarm: str) -> None:
    assert re.findall(r"^\*\*(.+?)\.\*\*", sections()[alarm], flags=re.MULTILINE) == ["It means", "Look", "Do", "Verify"]


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_tells_somebody_that_it_rings_and_that_it_is_over(alarm: str) -> None:
    assert properties(alarm)["AlarmActions"] == properties(alarm)["OKActions"] == [{"Ref": "AlarmsTopic"}]


@pytest.mark.parametrize("alarm", [name for name in ALARMS if properties(name)["Namespace"] == OWN])
def test_an_alarm_of_our_own_watches_what_the_code_of_that_service_counts(alarm: str) -> None:
    said = properties(alarm)
    if "Dimensions" not in said:
        filters = [one["Properties"] for one in resources("AWS::Logs::MetricFilter").values()]
        made = [one for each in filters for one in each["MetricTransformations"]]
        assert {"MetricName": said["MetricName"], "MetricNamespace": OWN, "MetricValue": "1"} in made
        return
    [dimension] = said["Dimensions"]
    assert dimension["Name"] == "service"
    assert said["MetricName"] in counted(ROOT / "functions" / dimension["Value"])


@pytest.mark.parametrize("alarm", [name for name in ALARMS if properties(name)["Namespace"] != OWN])
def test_an_alarm_on_a_metric_of_aws_names_a_resource_of_this_stack_or_the_whole_account(alarm: str) -> None:
    said = properties(alarm)
    names = {"AWS/Lambda": "FunctionName", "AWS/DynamoDB": "TableName", "AWS/SQS": "QueueName", "AWS/ApiGateway": "ApiId"}
    dimensions: list[dict[str, Any]] = said.get("Dimensions", [])
    assert [one["Name"] for one in dimensions] in ([names[said["Namespace"]]], [])
    assert dimensions or said["MetricName"] in {"Throttles", "ConcurrentExecutions"}


def test_each_request_function_but_live_is_shifted_gradually_and_rolled_back_by_its_alarms() -> None:
    for name in ("Generate", "Webhook", "Query", "Discard"):
        said = properties(f"{name}Function")
        assert said["AutoPublishAlias"] == "live"
        assert said["DeploymentPreference"] == {
            "Type": {"Fn::If": ["IsProduction", "Canary10Percent5Minutes", "AllAtOnce"]},
            "Alarms": [{"Ref": f"{name}ErrorsAlarm"}, {"Ref": "ApiServerErrorsAlarm"}],
        }


def test_tables_of_production_cannot_be_deleted_by_mistake() -> None:
    for table in resources("AWS::DynamoDB::Table"):
        assert properties(table)["DeletionProtectionEnabled"] == {"Fn::If": ["IsProduction", True, False]}


def test_failures_are_counted_by_a_few_codes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from sorami import observability  # noqa: PLC0415

    names: list[str] = []
    monkeypatch.setattr(observability, "count", names.append)
    for code in ErrorCode:
        observability.count_failure(code)
    assert set(names) == {"JobsFailed"} | {f"JobsFailed{code.title().replace('_', '')}" for code in ErrorCode}


def test_the_dashboard_is_its_file_and_shows_what_is_counted() -> None:
    file = json.loads((ROOT / "ops/dashboard.json").read_text(encoding="utf-8"))
    assert json.loads(properties("Dashboard")["DashboardBody"]["Fn::Sub"]) == file
    shown = [metric for widget in file["widgets"] for metric in widget["properties"]["metrics"]]
    own = [metric for metric in shown if metric[0] == OWN["Fn::Sub"]]
    assert own
    for _, name, dimension, service, *_ in own:
        assert dimension == "service"
        assert name == "JobsFailed" or name in counted(ROOT / "functions" / service)
