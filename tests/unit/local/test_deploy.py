import json
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from local import deploy, readiness
from local.deploy import check, settings_of
from local.environment import ROOT
from local.failures import BadOption
from local.readiness import faults_of_parameters, faults_of_secret, parameters_of


def config(**overrides: Any) -> dict[str, Any]:
    return {
        "version": 0.1,
        "default": {"global": {"parameters": {"stack_name": "s"}}},
        "dev": {
            "global": {"parameters": {"stack_name": "sorami-dev", "region": "eu-west-3"}},
            "build": {"parameters": {"cached": True}},
            "deploy": {"parameters": {"resolve_s3": True} | overrides},
        },
    }


@pytest.mark.parametrize("name", ["nope", "default", "version"])
def test_an_environment_that_cannot_be_deployed_is_refused_before_anything_is_built(name: str) -> None:
    with pytest.raises(BadOption, match=rf"no environment '{name}': ENV must be one of dev, .*\[{name}\.deploy\.parameters\]"):
        settings_of(config(), name)


def test_an_environment_has_its_own_settings_and_those_of_all_commands() -> None:
    assert settings_of(config(region="eu-west-1"), "dev") == {
        "stack_name": "sorami-dev",
        "region": "eu-west-1",
        "resolve_s3": True,
    }


# What a deploy does


@pytest.fixture
def regions() -> list[str | None]:
    """As each command's boto3 gets it."""
    return []


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, regions: list[str | None]) -> list[list[str]]:
    """`make deploy` of an environment that is ready, on an account that has no such stack, up to the SAM CLI."""
    run: list[list[str]] = []

    def record(command: list[Any], **more: Any) -> None:
        run.append([*map(str, command[1:]), f"ARCH={more['env']['ARCH']}"])
        regions.append(more["env"].get("AWS_DEFAULT_REGION"))

    (tmp_path / "template.yaml").write_text("Resources: {}")
    monkeypatch.setattr(deploy, "BUILT", tmp_path / "template.yaml")
    monkeypatch.setattr(deploy, "subprocess", SimpleNamespace(run=record, CalledProcessError=subprocess.CalledProcessError))
    monkeypatch.setattr(deploy, "python_of", lambda venv: Path(f"/{venv}/bin/python"))
    monkeypatch.setattr(readiness, "faults_of_secret", lambda *_: iter(()))
    for name in ("ARCH", "BUILT", "RELEASE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PARAMETER_JwtIssuer", READY["JwtIssuer"])
    monkeypatch.setenv("PARAMETER_BackendUrl", READY["BackendUrl"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    monkeypatch.setattr(sys, "argv", ["deploy", "staging"])
    return run


def test_build_and_deploy_are_told_the_same_parameters_and_processor(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCH", "x86_64")
    assert deploy.main() == 0
    assert [command[0] for command in commands] == ["build", "deploy"]
    for command in commands:
        told = command[command.index("--parameter-overrides") + 1 :]
        assert told == [
            "Environment='staging'",
            "Tracing='on'",
            "JwtIssuer='https://sorami.clerk.accounts.dev'",
            "BackendUrl='https://backend.sorami.app'",
            "Arch='x86_64'",
            "ARCH=x86_64",
        ]


def test_a_region_is_said_as_to_the_console(
    commands: list[list[str]], regions: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert deploy.main() == 0
    assert regions == ["eu-central-1"] * len(commands) == ["eu-central-1"] * 2


def test_what_was_built_before_is_deployed_without_another_build(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILT", "1")
    assert deploy.main() == 0
    [command] = commands
    assert command[:3] == ["deploy", "--config-env", "staging"]
    assert "--template-file" not in command  # beside which sam would look for samconfig.toml
    (tmp_path / "template.yaml").unlink()
    assert deploy.main() == 1
    assert "there is nothing" in capsys.readouterr().err
    assert len(commands) == 1


def test_the_processor_is_always_said_since_a_stack_would_keep_another_one(commands: list[list[str]]) -> None:
    """A stack that was deployed with ARCH=x86_64 would stay so, under a layer that is built for the default."""
    assert deploy.main() == 0
    assert [command[-2:] for command in commands] == [["Arch='arm64'", "ARCH=arm64"]] * 2


@pytest.mark.parametrize(("arch", "code"), [("arm64", 0), ("x86_64", 1)])
def test_what_was_built_for_another_processor_is_not_deployed(
    arch: str, code: int, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compiled = deploy.BUILT.parent / "CommonLayer/python/pydantic_core"
    compiled.mkdir(parents=True)
    (compiled / "_pydantic_core.cpython-313-aarch64-linux-gnu.so").touch()
    monkeypatch.setenv("BUILT", "1")
    monkeypatch.setenv("ARCH", arch)
    assert deploy.main() == code
    assert len(commands) == 1 - code
    assert ("build with ARCH=x86_64" in capsys.readouterr().err) is bool(code)


def test_parameters_that_cannot_be_read_are_said_to_be_so() -> None:
    with pytest.raises(BadOption, match="No closing quotation"):
        parameters_of(["AlarmEmail=o'brien@sorami.app"])


def test_only_a_person_is_asked_whether_the_changes_are_meant(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILT", "1")
    for is_terminal in (True, False):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda is_terminal=is_terminal: is_terminal))
        deploy.main()
    assert ["--no-confirm-changeset" in command for command in commands] == [False, True]


def test_nothing_is_built_of_what_must_not_go_out(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARAMETER_BackendUrl", "http://127.0.0.1:5001")
    monkeypatch.setenv("PARAMETER_AlarmMail", "ops@sorami.app")
    assert deploy.main() == 1
    assert commands == []
    said = capsys.readouterr().err
    assert "BackendUrl is http://127.0.0.1:5001: no place that a deployed stack can trust" in said
    assert "the template has no parameter AlarmMail" in said


def test_a_command_that_fails_ends_the_deploy_with_its_own_code(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: list[Any], **_: Any) -> None:
        raise subprocess.CalledProcessError(3, command)

    sam = SimpleNamespace(run=fail, CalledProcessError=subprocess.CalledProcessError)
    monkeypatch.setattr(deploy, "subprocess", sam)
    assert deploy.main() == 3
    assert commands == []


# What must not go out

READY = {"Environment": "prod", "JwtIssuer": "https://sorami.clerk.accounts.dev", "BackendUrl": "https://backend.sorami.app"}


def test_what_is_ready_goes_out() -> None:
    assert list(faults_of_parameters(READY)) == []


@pytest.mark.parametrize(
    "issuer",
    [
        "http://127.0.0.1:41000",
        "https://127.0.0.1:41000",
        "http://localhost:41000",
        "https://localhost",
        "http://[::1]:41000",
        "http://sorami.clerk.accounts.dev",
        "https://your-instance.clerk.accounts.dev",
        "https://issuer.example.com",
        "https://issuer",
        *[
            "https://127.1",
            "https://0x7f.1",
            "https://0177.0.0.1",
            "https://[::ffff:127.0.0.1]",
            "https://10.0.0.1",
            "https://[::",
        ],
        *["https://localhost.localdomain", "https://sorami.lan", "https://sub.EXAMPLE.com.", "https://user:word@issuer.app"],
        "",
    ],
)
def test_no_development_issuer_goes_out(issuer: str) -> None:
    [fault] = faults_of_parameters(READY | {"JwtIssuer": issuer})
    assert fault.startswith("JwtIssuer")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:5001", "https://backend.example", "https://<backend>", "http://backend.sorami.app", "https://0.0.0.0"],
)
def test_no_placeholder_of_a_backend_goes_out(url: str) -> None:
    [fault] = faults_of_parameters(READY | {"BackendUrl": url})
    assert fault.startswith("BackendUrl")


@pytest.mark.parametrize("name", ["JwtIssuer", "BackendUrl"])
def test_what_is_not_said_is_missed(name: str) -> None:
    assert list(faults_of_parameters({key: value for key, value in READY.items() if key != name})) == [f"{name} is not set"]


def test_an_emulators_host_or_another_placeholder_does_not_go_out() -> None:
    assert len(list(faults_of_parameters(READY | {"EmulatorHost": "127.0.0.1:1", "AllowedOrigins": "https://your-page"}))) == 2


def test_a_stack_on_an_emulator_may_have_all_of_it() -> None:
    local = {"Environment": "local", "JwtIssuer": "http://127.0.0.1:1"}
    assert list(faults_of_parameters(local, "http://127.0.0.1:4566")) == []


def test_a_stack_on_aws_does_not_pass_as_one_on_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `Environment=local` and the credentials of an account it went out unlooked at."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    with pytest.raises(BadOption, match="AWS_ENDPOINT_URL names no emulator"):
        check(config, "local", parameters_of(config["local"]["deploy"]["parameters"]["parameter_overrides"]))


@pytest.mark.parametrize(
    "said", [["Environment=dev", "Page='a b'"], "Environment=\"dev\" Page='a b'", {"Environment": "dev", "Page": "a b"}]
)
def test_parameters_are_read_in_every_form_of_samconfig(said: Any) -> None:
    assert parameters_of(said) == {"Environment": "dev", "Page": "a b"}


def faults_of(secret: dict[str, str]) -> list[str]:
    stacks = SimpleNamespace(describe_stack_resource=lambda **_: {"StackResourceDetail": {"PhysicalResourceId": "s"}})
    manager = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": json.dumps(secret)})
    return list(faults_of_secret(cast(Any, stacks), cast(Any, manager), "sorami"))


GENERATED = "vT4kQ9wZ2mX7bR1nY6pL3sD8fG5hJ0cA4kQ9wZ2mX7bR1nY6"


@pytest.mark.parametrize(
    "bad", ["", "changeme", "…as above…", "a" * 48, GENERATED[:31], "your-webhook-secret-of-forty-characters"]
)
def test_no_stack_with_a_placeholder_for_its_secret_is_deployed_again(bad: str) -> None:
    [fault] = faults_of({"webhook_secret": bad, "webhook_secret_previous": "", "backend_api_key": ""})
    assert fault.startswith("webhook_secret ")
    assert bad not in fault or not bad


def test_a_generated_secret_is_good_and_the_backends_key_may_be_its_own_but_no_placeholder() -> None:
    good = {"webhook_secret": GENERATED, "webhook_secret_previous": "", "backend_api_key": ""}
    assert faults_of(good) == []
    assert faults_of(good | {"backend_api_key": "k"}) == []
    assert len(faults_of(good | {"backend_api_key": "…the backend's key…"})) == 1


def test_a_first_deploy_has_no_secret_yet_and_other_refusals_are_told() -> None:
    def refused(code: str) -> Any:
        def refuse(**_: str) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStackResource")

        return SimpleNamespace(describe_stack_resource=refuse)

    assert list(faults_of_secret(refused("ValidationError"), cast(Any, None), "sorami")) == []
    with pytest.raises(ClientError):
        list(faults_of_secret(refused("AccessDenied"), cast(Any, None), "sorami"))


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_environments_as_they_stand_here_are_refused(environment: str) -> None:
    """They name no issuer and no backend: those are for whoever deploys to fill in."""
    stated = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    with pytest.raises(BadOption, match=rf"{environment} must not go out .*JwtIssuer is not set; BackendUrl is not set"):
        check(stated, environment, parameters_of(stated[environment]["deploy"]["parameters"]["parameter_overrides"]))
