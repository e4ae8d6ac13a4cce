from typing import Any

import pytest

from local.deploy import commands
from local.failures import BadOption

BUILD = ["build", "--config-env", "dev"]
DEPLOY = ["deploy", "--config-env", "dev"]


def config(**overrides: Any) -> dict[str, Any]:
    return {
        "version": 0.1,
        "default": {"global": {"parameters": {"stack_name": "s"}}},
        "dev": {"build": {"parameters": {"cached": True}}, "deploy": {"parameters": {"resolve_s3": True} | overrides}},
    }


def test_without_an_arch_samconfig_says_everything() -> None:
    assert commands(config(parameter_overrides=["Environment=dev"]), "dev", None) == [BUILD, DEPLOY]


@pytest.mark.parametrize("name", ["nope", "default", "version"])
def test_an_environment_that_cannot_be_deployed_is_refused_before_anything_is_built(name: str) -> None:
    with pytest.raises(BadOption, match=rf"no environment '{name}': ENV must be one of dev, .*\[{name}\.deploy\.parameters\]"):
        commands(config(), name, None)


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        (["Environment=dev", "LogLevel=DEBUG"], ["Environment=dev", "LogLevel=DEBUG"]),
        ('Environment="dev" Arch="arm64"', ['Environment="dev" Arch="arm64"']),
        ({"Environment": "dev"}, ["Environment='dev'"]),
    ],
)
def test_an_arch_goes_for_build_and_deploy_and_takes_no_other_parameter_away(said: object, repeated: list[str]) -> None:
    chosen = commands(config(parameter_overrides=said), "dev", "x86_64")
    assert chosen == [
        [*BUILD, "--parameter-overrides", "Arch=x86_64"],
        [*DEPLOY, "--parameter-overrides", *repeated, "Arch=x86_64"],
    ]
