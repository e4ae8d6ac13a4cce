"""The API keeps to its own description, and shows it."""

import json
from pathlib import Path

import pytest
import requests

from local.environment import ROOT
from local.stack import Stack
from tests.fuzz.run import PROGRAM, fuzz
from tests.support.api import Api
from tests.support.seeds import chosen_seed


def test_anyone_may_read_the_description_and_its_page(stack: Stack) -> None:
    anyone = Api(stack=stack, user="", authorization=None)
    document, page = anyone.get("/openapi.json"), anyone.get("/docs")
    assert document.json() == json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    assert document.headers["Content-Type"] == "application/json"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "SwaggerUIBundle({" in page.text
    for known in (document, page):
        path = known.url.removeprefix(stack.api_url)
        again = anyone.request("GET", path, headers={"If-None-Match": known.headers["ETag"]})
        assert again.status_code == requests.codes.not_modified


@pytest.mark.skipif(not PROGRAM.exists(), reason="schemathesis is not set up: make .venv-fuzz/.ready")
def test_random_requests_are_answered_as_described(stack: Stack, tmp_path: Path) -> None:
    """Its check `ignored_auth` leaves tokens out by itself; `make fuzz` goes through all routes without any."""
    outcome = fuzz(stack, tmp_path, examples=8, with_proof=True, whole=False, seed=str(chosen_seed()))
    assert outcome.failures == [], outcome.output
    assert outcome.cases >= 100
