"""What the documents say of tests is true of the tests that there are."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.support.template import resources, template

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(?P<file>test_\w+\.py)::(?P<test>test_\w+)`")
TABLE = (ROOT / "docs/api.md").read_text(encoding="utf-8").partition("# Which test shows which answer")[2]


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED.findall(TABLE))))
def test_a_test_that_the_table_names_is_there(file: str, test: str) -> None:
    tree = ast.parse((ROOT / "tests/e2e" / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_route_of_the_template_stands_in_the_table() -> None:
    events = [
        event["Properties"]
        for function in resources("AWS::Serverless::Function").values()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
    routes = {f"{event['Method']} {event['Path']}" for event in events}
    assert routes == set(re.findall(r"`((?:GET|POST|PUT|DELETE) /\S+)`", TABLE))


_SAID_BELOW_THE_TABLE = {"429", "500", "503"}
"""The gateway's throttle, which the emulator does not enforce, and what takes a broken service: unit tests show them."""


def _answers_in_the_table() -> set[tuple[str, str]]:
    shown: set[tuple[str, str]] = set()
    routes: list[str] = []
    for row in TABLE.splitlines():
        cells = row.split("|")
        if len(cells) < 5:
            continue
        if cells[1].strip():
            routes = re.findall(r"`((?:GET|POST|PUT|DELETE) /\S+)`", cells[1])
        shown |= {(route, status) for route in routes for status in re.findall(r"\b[1-5]\d\d\b", cells[2])}
    return shown


def test_every_answer_that_openapi_json_describes_stands_in_the_table() -> None:
    described = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))["paths"]
    answers = {
        (f"{method.upper()} {path}", status)
        for path, item in described.items()
        for method, operation in item.items()
        for status in operation["responses"]
        # One row stands for the 401 of all routes with a user's token.
        if status not in _SAID_BELOW_THE_TABLE and not (status == "401" and {"userToken": []} in operation["security"])
    }
    assert answers - _answers_in_the_table() == set()


SECURITY = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ATTACKS = re.findall(r"^\| (.+?) \| `(tests/\S+\.py)::(test_\w+)` \|$", SECURITY, re.MULTILINE)


@pytest.mark.parametrize(("attack", "file", "test"), ATTACKS, ids=[attack for attack, _, _ in ATTACKS])
def test_an_attack_of_the_list_has_the_test_that_is_named(attack: str, file: str, test: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, attack


def test_the_list_of_attacks_is_whole() -> None:
    assert len({test for _, _, test in ATTACKS}) == len(ATTACKS) == 17


def test_what_ships_stands_with_its_reason_in_the_document_and_nothing_else_does() -> None:
    asked = (ROOT / "layers/common/requirements.in").read_text(encoding="utf-8").splitlines()
    shipped = {line.strip() for line in asked if line.strip() and not line.startswith("#")}
    table = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8").partition("## What ships")[2].partition("\n## ")[0]
    assert dict.fromkeys(shipped) == dict.fromkeys(re.findall(r"^\| ([\w-]+) \| .{10,} \|$", table, re.MULTILINE))
    pinned = re.split(r"^(?=[a-z])", (ROOT / "layers/common/requirements.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)[
        1:
    ]
    assert shipped <= {block.partition("==")[0] for block in pinned}
    assert all("--hash=sha256:" in block for block in pinned)


DEPLOY = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")


def test_the_way_to_a_deployment_names_what_there_is() -> None:
    """Targets of make, parameters and outputs of the template."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^\$ |^|`|&& )make (?:-s )?([a-z-]+)", DEPLOY, re.MULTILINE)) <= targets
    named = set(re.findall(r"^\| `(\w+)` \|", DEPLOY, re.MULTILINE)) | set(re.findall(r"PARAMETER_(\w+)=", DEPLOY))
    assert {"JwtIssuer", "BackendUrl", "DomainName", "MaxOpenJobsPerUser"} <= named <= set(template()["Parameters"])
    outputs = set(re.findall(r"`(\w+(?:Url|Arn|Target))`", DEPLOY)) | set(re.findall(r'\)\["(\w+)"\]', DEPLOY))
    assert outputs <= set(template()["Outputs"]) | set(template()["Parameters"])


def test_the_way_to_a_deployment_names_the_variables_that_the_workflow_reads() -> None:
    workflow = (ROOT / ".github/workflows/deploy.yml").read_text(encoding="utf-8")
    read = set(re.findall(r"vars\.(\w+)", workflow))
    assert read <= set(re.findall(r"`([A-Z_]+)`", DEPLOY.partition("## From GitHub")[2]))


@pytest.mark.parametrize("document", ["docs/deploy.md", "docs/cli.md"])
def test_what_doctor_is_shown_to_count_is_what_the_template_has(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert re.findall(r"^✓ parameters  (\d+) parameters", text, re.MULTILINE) == [str(len(template()["Parameters"]))]
    assert re.findall(r"^· alarms      (\d+) alarms", text, re.MULTILINE) == [str(len(resources("AWS::CloudWatch::Alarm")))]
