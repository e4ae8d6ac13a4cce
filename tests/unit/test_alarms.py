"""Every alarm tells somebody, has a section in the runbook, and watches what is really counted."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from ops.cli import app
from sorami.jobs import ErrorCode
from tests.runbook import book
from tests.support.counting import SECONDS, emitted
from tests.support.template import TEMPLATE_FILE, properties, resources

ROOT = Path(__file__).parents[2]
ALARMS = sorted(resources("AWS::CloudWatch::Alarm"))
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
OWN = {"Fn::Sub": "Sorami/${AWS::StackName}"}


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


@pytest.mark.parametrize("alarm", ALARMS)
def test_a_threshold_stands_with_its_reason(alarm: str) -> None:
    text = TEMPLATE_FILE.read_text(encoding="utf-8").partition(f"\n  {alarm}:\n")[2]
    assert re.match(r"(.*\n)*?      Threshold: (\d+|!Ref \w+) # .{6,}\n", text.partition("\n\n")[0] + "\n"), alarm


@pytest.mark.parametrize("alarm", ALARMS)
def test_silence_rings_only_where_something_must_be_heard(alarm: str) -> None:
    """A metric that nothing counts has no data, and that is well; a schedule that is not called is not."""
    must_be_heard = properties(alarm)["ComparisonOperator"] == "LessThanThreshold"
    assert properties(alarm)["TreatMissingData"] == ("breaching" if must_be_heard else "notBreaching")
    assert must_be_heard is (alarm == "ReconcileSilentAlarm")


@pytest.mark.parametrize("alarm", [name for name in ALARMS if properties(name)["Namespace"] == OWN])
def test_an_alarm_of_our_own_watches_what_that_function_was_seen_to_count(alarm: str) -> None:
    said = properties(alarm)
    if "Dimensions" not in said:
        filters = [one["Properties"] for one in resources("AWS::Logs::MetricFilter").values()]
        made = [one for each in filters for one in each["MetricTransformations"]]
        assert {"MetricName": said["MetricName"], "MetricNamespace": OWN, "MetricValue": "1"} in made
        return
    [dimension] = said["Dimensions"]
    assert dimension["Name"] == "service"
    assert (dimension["Value"], said["MetricName"]) in emitted()


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


# The dashboard and the table of what is counted

DASHBOARD = json.loads((ROOT / "ops/dashboard.json").read_text(encoding="utf-8"))
ROW = re.compile(r"^\| `(\w+)` \| ([a-z, ]+) \| (Count|Seconds) \| (.+) \|$", re.MULTILINE)


def shown() -> dict[tuple[str, str], str]:
    """Function and metric → the title of its widget, of the stack's own namespace."""
    return {
        (metric[3], metric[1]): widget["properties"]["title"]
        for widget in DASHBOARD["widgets"]
        for metric in widget["properties"]["metrics"]
        if metric[0] == OWN["Fn::Sub"] and metric[2] == "service"
    }


def watched() -> dict[tuple[str, str], str]:
    """Function and metric → its alarm."""
    own = [(name, properties(name)) for name in ALARMS if properties(name)["Namespace"] == OWN]
    return {(said["Dimensions"][0]["Value"], said["MetricName"]): name for name, said in own if "Dimensions" in said}


def said_to_be_counted() -> dict[tuple[str, str], tuple[str, str]]:
    """Function and metric → unit, and where it is seen, as the runbook has it."""
    return {(one, name): (unit, seen) for name, services, unit, seen in ROW.findall(RUNBOOK) for one in services.split(", ")}


def test_the_dashboard_is_its_file() -> None:
    assert json.loads(properties("Dashboard")["DashboardBody"]["Fn::Sub"]) == DASHBOARD


def test_the_runbook_lists_what_is_counted_and_nothing_else() -> None:
    assert set(said_to_be_counted()) == emitted()
    assert {name for (_, name), (unit, _) in said_to_be_counted().items() if unit == "Seconds"} == SECONDS


def test_nothing_is_watched_or_shown_that_is_not_counted() -> None:
    assert {*watched(), *shown()} <= emitted()


@pytest.mark.parametrize(("service", "metric"), sorted(emitted()))
def test_no_metric_is_dead_it_rings_or_is_shown_or_says_what_for(service: str, metric: str) -> None:
    _, seen = said_to_be_counted()[service, metric]
    if alarm := watched().get((service, metric)):
        assert f"[{alarm}](#{alarm.lower()})" in seen
    elif title := shown().get((service, metric)):
        assert f"dashboard *{title}*" in seen
    else:
        assert "Alarm" not in seen
        assert "dashboard" not in seen
        assert len(seen) > 20


# Saved queries

QUERIES = resources("AWS::Logs::QueryDefinition")


def test_saved_queries_are_those_of_the_runbook_word_for_word() -> None:
    text = RUNBOOK.partition("\n## Queries\n")[2].partition("\n## ")[0]
    written = dict(re.findall(r"^\*(\w+)\*: .+\n\n```\n(.+)\n```$", text, flags=re.MULTILINE))
    saved = {one["Properties"]["Name"]["Fn::Sub"]: one["Properties"]["QueryString"] for one in QUERIES.values()}
    assert saved == {f"${{AWS::StackName}}/{name}": query for name, query in written.items()}
    assert len(saved) == len(QUERIES)


def test_queries_look_into_every_function_s_log_or_into_the_gateway_s() -> None:
    of_functions = [group for group in sorted(resources("AWS::Logs::LogGroup")) if group != "ApiLogs"]
    assert len(of_functions) == len(resources("AWS::Serverless::Function"))
    for one in QUERIES.values():
        looked_into = sorted(group["Ref"] for group in one["Properties"]["LogGroupNames"])
        assert looked_into in (of_functions, ["ApiLogs"])


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[ERROR] Runtime.ImportModuleError: Unable to import module 'notify.app': No module named 'x'", True),
        ("[ERROR] ValueError: LOUD\rTraceback (most recent call last):", True),
        ("2026-01-02T12:00:00.000Z 1 Task timed out after 30.03 seconds", True),
        ("RequestId: 1 Error: Runtime exited with error: signal: killed", True),
        ("START RequestId: 1 Version: 7", False),
        ("REPORT RequestId: 1\tDuration: 3.00 ms\tBilled Duration: 3 ms", False),
        ('{"level":"INFO","message":"told"}', False),
    ],
)
def test_errors_shows_what_lambda_itself_writes_of_a_function_that_ends_in_one(line: str, shown: bool) -> None:
    """A text, not JSON, so it has no level (https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html)."""
    [pattern] = re.findall("@message like /(.+?)/ ", properties("ErrorsQuery")["QueryString"])
    assert bool(re.search(pattern, line)) is shown


@pytest.mark.parametrize(
    "name", re.findall(r"(?<=[ (])\*([a-z]+)\*(?= |[.,:;])", RUNBOOK.partition("\n## ApiServerErrorsAlarm")[2])
)
def test_a_query_that_a_section_names_is_saved(name: str) -> None:
    lines_of_doctor, log_lines = {"issuer", "backend", "reconcile"}, {"ended", "refused"}
    assert (
        f"${{AWS::StackName}}/{name}" in {one["Properties"]["Name"]["Fn::Sub"] for one in QUERIES.values()}
        or name in lines_of_doctor | log_lines
    )


# Commands

SPANS = sorted(set(re.findall(r"`sorami ([^`]+)`", RUNBOOK)))


@pytest.mark.parametrize("span", [span for span in SPANS if "…" not in span])
def test_a_command_of_the_runbook_is_one_of_the_console_with_these_options(span: str) -> None:
    words = span.split()
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    options = {name for one in command.params for name in [*one.opts, *one.secondary_opts] if name.startswith("--")}
    asked = [word for word in words if word.startswith("--")]
    assert set(asked) <= options
    if "ID" in words:
        assert [one for one in command.params if one.param_type_name == "argument"]


def test_commands_are_found() -> None:
    assert len(SPANS) > 8


@pytest.mark.parametrize("alarm", book.sections())
def test_a_field_that_a_section_looks_at_is_shown_by_a_query_that_it_names(alarm: str) -> None:
    look = book.sections()[alarm].parts["Look"]
    named = [one["Properties"]["QueryString"] for one in QUERIES.values() if f"*{_name_of(one)}*" in look]
    fields = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", look)) - _ELSEWHERE if named else set()
    assert {field for field in fields if not any(re.search(rf"\b{field}\b", query) for query in named)} == set()


_ELSEWHERE = {"copy_error"}
"""What `sorami job ID` shows."""


def _name_of(query: dict[str, Any]) -> str:
    return str(query["Properties"]["Name"]["Fn::Sub"]).rpartition("/")[2]
