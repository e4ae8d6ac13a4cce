import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local.failures import BadOption, LocalFailure
from local.sam_local.__main__ import introduction, plain, read_arguments
from local.sam_local.serving import Ports, SamLocal, Serving
from ops.stack import Place
from tests.support import events

ENV = {"AWS_REGION": "eu-west-3"}
PLACE = Place(name="sorami-dev", stack_name="sorami-dev", client=lambda *_: None)


class FakeLambda:
    """What `sam local start-lambda` answers: a payload, and for a function that failed a header."""

    def __init__(self, payload: object, **more: str) -> None:
        self.sent: dict[str, Any] = {}
        self.answer = {"Payload": SimpleNamespace(read=lambda: json.dumps(payload).encode()), **more}

    def invoke(self, **sent: Any) -> dict[str, Any]:
        self.sent = sent
        return self.answer


def serving(folder: Path) -> Serving:
    return Serving(SamLocal(folder, ENV), "http://127.0.0.1:3000", "http://127.0.0.1:3001", ())


def test_sam_uses_the_runs_own_files_and_no_configuration_of_the_checkout(tmp_path: Path) -> None:
    command = SamLocal(tmp_path, ENV).command("invoke", "WebhookFunction")
    options = dict(zip(command[3:-1:2], command[4:-1:2], strict=False))
    assert command[1:3] == ["local", "invoke"]
    assert command[-1] == "WebhookFunction"
    assert options["--template-file"] == str(tmp_path / "build/template.yaml")
    assert {options[name] for name in ("--config-file", "--env-vars")} == {
        str(tmp_path / "samconfig.toml"),
        str(tmp_path / "variables.json"),
    }
    assert "--skip-pull-image" in command


def test_a_function_is_called_with_the_whole_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeLambda({"statusCode": 200})
    monkeypatch.setattr(Serving, "client", lambda _: fake)
    assert serving(tmp_path).call("QueryFunction", events.event("status")) == {"statusCode": 200}
    assert fake.sent["FunctionName"] == "QueryFunction"
    assert json.loads(fake.sent["Payload"]) == events.event("status")


def test_a_function_that_failed_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeLambda({"errorMessage": "no such table"}, FunctionError="Unhandled")
    monkeypatch.setattr(Serving, "client", lambda _: fake)
    with pytest.raises(LocalFailure, match=r"QueryFunction failed: .*no such table"):
        serving(tmp_path).call("QueryFunction", {})


def test_every_event_that_the_introduction_names_is_there(tmp_path: Path) -> None:
    lines = introduction(serving(tmp_path), PLACE)
    named = {Path(word).stem for line in lines for word in line.split() if word.startswith("@tests/events/")}
    assert named <= set(events.NAMES)
    assert {"generate", "notify", "reconcile"} <= named
    assert any("the stack sorami-dev" in line for line in lines)


def test_a_free_port_and_the_local_stack_are_the_defaults() -> None:
    stack, state, asked = read_arguments([])
    assert (stack, state.name, asked) == ("local", "sam-local", Ports())
    assert read_arguments(["--stack", "sorami-dev", "--port", "3000", "--lambda-port", "3001"])[0::2] == (
        "sorami-dev",
        Ports(3000, 3001),
    )


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--lambda-port", "70000"], ["--stak", "x"]])
def test_options_that_make_no_sense_are_a_sentence(arguments: list[str]) -> None:
    with pytest.raises(BadOption):
        read_arguments(arguments)


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("SAM_CONTAINER_ID: 80e238693b45", ""),
        ("Mounting /somewhere/build/QueryFunction as /var/task:ro,delegated, inside runtime container", ""),
        ("Invoking query.app.handler (python3.13)", "Invoking query.app.handler (python3.13)"),
        (
            '2026-11-24 12:00:15 127.0.0.1 - - [24/Nov/2026 12:00:15] "\x1b[31mGET /api HTTP/1.1\x1b[0m" 401 -',
            '127.0.0.1 - - [24/Nov/2026 12:00:15] "GET /api HTTP/1.1" 401 -',
        ),
        ('{"level": "INFO", "message": "told"}', '{"level": "INFO", "message": "told"}'),
    ],
)
def test_what_is_shown_is_what_was_asked_and_logged(printed: str, shown: str) -> None:
    assert plain(printed) == shown
