"""What the documents say of tests is true of the tests that there are."""

import ast
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
