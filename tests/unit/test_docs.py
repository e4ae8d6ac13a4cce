"""What the documents say of tests is true of the tests that there are."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.support.template import resources

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
