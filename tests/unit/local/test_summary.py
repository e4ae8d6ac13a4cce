import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

from local.record import STATE, save
from local.summary import first_request, of_own_backend, summary
from tests.unit.local.test_record import STACK


def test_rows_without_a_value_are_left_out_and_the_backend_is_named_for_what_it_is() -> None:
    lines = summary(STACK, STATE, is_example=True)
    assert "  Example backend  http://127.0.0.1:2" in lines
    assert "  Page             http://127.0.0.1:4/generate-images" in lines
    assert not any("WebSocket" in line for line in lines)
    assert "  Your backend     http://127.0.0.1:2" in summary(STACK, STATE, is_example=False)


def test_ones_own_backend_is_told_its_addresses_and_how_to_read_the_secrets(tmp_path: Path) -> None:
    state = tmp_path / "it's here"
    state.mkdir()
    save(replace(STACK, webhook_secret="s3cret", backend_api_key="k3y"), state)
    lines = of_own_backend(STACK, state)
    assert any("http://127.0.0.1:2/api/images/generate" in line for line in lines)
    assert any(STACK.webhook_url in line for line in lines)
    [command] = [line.partition("grep ")[2] for line in lines if "grep " in line]
    said = subprocess.run(["grep", *shlex.split(command)], capture_output=True, text=True, check=True).stdout
    assert said == '  "webhook_secret": "s3cret",\n  "backend_api_key": "k3y",\n'


def test_the_token_of_a_stack_elsewhere_is_asked_for_there() -> None:
    assert first_request(STACK, STATE)[0] == '  TOKEN="$(make -s token SUB=user_1)"'
    assert first_request(STACK, Path("else where"))[0].endswith("sorami token user_1 --stack 'else where/')\"")
