"""`sorami outputs`: whom each address is for, and where a local stack really answers."""

from pathlib import Path
from typing import Any

from tests.support.deployed import API_URL
from tests.support.template import resources, template
from tests.unit.local.test_record import STACK
from tests.unit.ops.conftest import Ask

OUTPUTS = template()["Outputs"]


def test_the_addresses_of_a_stack_are_told_to_people_and_programs(ask: Ask, ask_json: Any) -> None:
    assert ask_json("outputs") == {"ApiUrl": API_URL}
    assert API_URL in ask("outputs").stdout


def test_a_local_stacks_addresses_are_those_at_which_it_answers(ask_json: Any, local_state: Path) -> None:
    assert ask_json("outputs", "--stack", f"{local_state}/")["ApiUrl"] == STACK.api_url


def test_each_output_says_whom_it_is_for() -> None:
    readers = ("Frontend: ", "Backend: ", "Backend and operator: ", "Other services: ", "Operator: ")
    assert all(one["Description"].startswith(readers) for one in OUTPUTS.values())


def test_who_writes_a_page_or_a_backend_finds_what_it_takes() -> None:
    """README, "Plug in a frontend" and "Plug in a generation backend"."""
    assert {"ApiUrl", "ApiDocsUrl", "TokenIssuer", "TokenAudience", "PageOrigins", "WebSocketUrl", "ImagesHost"} <= set(OUTPUTS)
    assert {"WebhookUrl", "WebhookProof", "ServiceSecretArn"} <= set(OUTPUTS)


def test_operators_find_the_address_of_every_queue() -> None:
    """docs/runbook.md has them read and emptied, and on AWS no one knows their names by heart."""
    queues = resources("AWS::SQS::Queue")
    assert {f"{queue}Url": {"Ref": queue} for queue in queues} == {
        name: one["Value"] for name, one in OUTPUTS.items() if one["Value"].get("Ref") in queues
    }
