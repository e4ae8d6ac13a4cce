from pathlib import Path

import pytest

from local.aws import admin_session
from local.environment import REGION, bare, for_sam, for_sam_on_aws

THEIRS = {
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SESSION_TOKEN": "real",
    "AWS_REGION": "us-east-1",
    "SAM_CLI_TELEMETRY": "1",
    "PIP_INDEX_URL": "http://mirror.example/simple",
    "PATH": "/usr/bin",
    "NO_PROXY": "intranet.example",
}
ENDPOINT = "http://127.0.0.1:4566"


def test_sam_sees_the_emulator_and_nothing_of_the_users_aws(tmp_path: Path) -> None:
    env = for_sam(tmp_path, ENDPOINT, tmp_path, THEIRS)
    assert {env[name] for name in env if name.startswith("AWS_")}.isdisjoint({"production", "AKIAREAL", "real", "us-east-1"})
    assert (env["AWS_ENDPOINT_URL"], env["AWS_REGION"], env["AWS_DEFAULT_REGION"]) == (ENDPOINT, REGION, REGION)
    assert env["AWS_CONFIG_FILE"] == env["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_sam_on_aws_has_the_users_own_account(tmp_path: Path) -> None:
    env = for_sam_on_aws(tmp_path, "eu-central-1", tmp_path, THEIRS)
    ours = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
    theirs = {name: value for name, value in THEIRS.items() if name.startswith("AWS_")}
    assert {name: value for name, value in env.items() if name.startswith("AWS_")} == theirs | ours
    assert env["SAM_CLI_TELEMETRY"] == "0"


def test_sam_keeps_what_pip_needs_and_sends_no_telemetry(tmp_path: Path) -> None:
    env = for_sam(tmp_path, ENDPOINT, tmp_path, THEIRS)
    assert env["PIP_INDEX_URL"] == THEIRS["PIP_INDEX_URL"]
    assert env["SAM_CLI_TELEMETRY"] == "0"


def test_sam_goes_past_a_proxy_to_the_loopback_interface(tmp_path: Path) -> None:
    assert for_sam(tmp_path, ENDPOINT, tmp_path, THEIRS)["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"


def test_functions_and_backend_inherit_no_credentials_and_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (THEIRS | {"HTTP_PROXY": "http://proxy.example", "SECRET_OF_MINE": "x"}).items():
        monkeypatch.setenv(name, value)
    env = bare(tmp_path)
    assert not any(name.startswith(("AWS_", "HTTP_", "SECRET_")) for name in env)
    assert env["HOME"] == env["TMPDIR"] == str(tmp_path)


def test_our_own_clients_ignore_a_profile_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in THEIRS.items():
        monkeypatch.setenv(name, value)
    session = admin_session()
    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.token, session.region_name) == ("test", None, REGION)
