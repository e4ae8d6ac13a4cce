"""`sorami token`: of the local stack, and of none else."""

import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.issuer import new_key, store_key
from local.record import load, save
from tests.unit.ops.conftest import Ask


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_token_is_printed_alone_and_says_what_was_asked_for(local_state: Path, ask: Ask) -> None:
    store_key(new_key(), local_state / "key.pem")
    save(replace(load(local_state), signing_key=str(local_state / "key.pem")), local_state)
    answer = ask("token", "user_7", "--org", "org_7", "--ttl", "60", "--stack", f"{local_state}/")
    assert answer.exit_code == 0
    said = claims(answer.stdout.strip())
    assert (said["sub"], said["org_id"], said["exp"] - said["iat"]) == ("user_7", "org_7", 60)
    as_json = json.loads(ask("token", "user_7", "--json", "--stack", f"{local_state}/").stdout)
    assert claims(as_json["token"])["sub"] == as_json["sub"] == "user_7"


def test_of_a_deployed_stack_no_token_is_made(ask: Ask) -> None:
    answer = ask("token", "user_7", "--stack", "sorami-test")
    assert (answer.exit_code, answer.stdout) == (4, "")


def test_without_a_local_stack_one_is_told_how_to_start_it(tmp_path: Path, ask: Ask) -> None:
    answer = ask("token", "user_7", "--stack", f"{tmp_path}/")
    assert answer.exit_code == 1
    assert "make run" in answer.stderr
