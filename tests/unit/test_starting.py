import gc
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from sorami.clients import later
from sorami.errors import ConfigurationError
from sorami.starting import ready


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_in_lambda_init_puts_together_what_a_first_request_needs_and_sets_it_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "generate")
    made: list[str] = []
    gc.disable()
    ready(lambda: made.append("submission"), lambda: made.append("secret"))
    assert made == ["submission", "secret"]
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_settings_that_are_missing_do_not_fail_init(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request says so, as a problem document."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "generate")

    def misconfigured() -> None:
        raise ConfigurationError("JOBS_TABLE")

    gc.disable()
    ready(misconfigured)
    assert gc.isenabled()


def test_elsewhere_nothing_is_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    made: list[str] = []
    ready(lambda: made.append("submission"))
    assert made == []


def test_a_client_for_later_is_made_when_it_is_first_used() -> None:
    made: list[str] = []

    def make() -> Any:
        made.append("client")
        return "a client"

    client = later(make)
    assert made == []
    assert client.upper() == "A CLIENT"
    assert made == ["client"]


@pytest.mark.parametrize(("function", "library"), [("reconcile", "requests"), ("notify", "pydantic")])
def test_what_most_calls_do_not_need_is_not_loaded(function: str, library: str) -> None:
    code = f"import sys, {function}.app; print({library!r} in sys.modules, 'boto3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
