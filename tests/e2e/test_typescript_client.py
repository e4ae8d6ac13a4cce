"""The TypeScript client against the stack, if Node and npm are here."""

import os
import subprocess
from collections.abc import Mapping

import pytest

from local.environment import ROOT
from local.stack import Stack
from tests.support.api import Api

CLIENT = ROOT / "clients/typescript"

pytestmark = pytest.mark.skipif(
    not (CLIENT / "node_modules/.ready").exists(),
    reason="the client's packages are not installed: make clients/typescript/node_modules/.ready (needs Node 20 and npm)",
)


def npm(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["npm", *arguments],
        cwd=CLIENT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )


def test_its_types_are_those_of_openapi_json() -> None:
    checked = npm("run", "check")
    assert checked.returncode == 0, f"stale: run `make openapi`\n{checked.stdout}"


def test_it_does_on_the_stack_what_it_says(api: Api, stack: Stack) -> None:
    built = npm("run", "build")
    assert built.returncode == 0, built.stdout
    place = {"SORAMI_API_URL": stack.api_url, "SORAMI_TOKEN": stack.token(api.user)}
    tested = npm("test", "--", "--test-reporter=tap", environment=place)
    assert tested.returncode == 0, tested.stdout
    assert "# skipped 0" in tested.stdout, tested.stdout
