"""`make deploy [ENV=dev]`: check, build, mark the release and deploy one environment of samconfig.toml.

`ENV=local` is the stack of `make run`. From the environment: `PARAMETER_BackendUrl=…` and the like win over samconfig.toml,
`ARCH` goes for build and deploy, `BUILT=1` takes what `sam build` left in .aws-sam (as a pipeline does that builds once for
several environments), and another `RELEASE` publishes the very same build again. What would open a stack to strangers is refused
before anything is built (local/readiness.py).
"""

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local import readiness, redeploy
from local.environment import ROOT, python_of
from local.failures import BadOption, LocalFailure
from local.parameters import declared, faults_of_values, said
from local.release import mark
from local.sam import overrides
from ops.stack import adopt_region

BUILT = ROOT / ".aws-sam/build/template.yaml"
_PROCESSORS = {"arm64": "aarch64", "x86_64": "x86_64"}
"""How compiled modules name them."""


def main() -> int:
    environment = sys.argv[1]
    try:
        if environment == "local":
            return redeploy.into_the_open_stack()
        adopt_region(os.environ)  # for boto3 here, and for sam
        config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
        parameters = said(settings_of(config, environment).get("parameter_overrides", []), os.environ)
        # What is not said stays as it is in the stack, and the build does not know what that is: so the processor is always said.
        parameters.setdefault("Arch", declared()["Arch"]["Default"])
        check(config, environment, parameters)
        if not os.environ.get("BUILT"):
            _sam(["build", "--config-env", environment], parameters)
        else:
            check_built(parameters["Arch"])
        mark(BUILT, parameters, os.environ.get("RELEASE", ""))
        # At a terminal a person may be asked (samconfig.toml); a program has said yes by calling.
        unasked = [] if sys.stdin.isatty() else ["--no-confirm-changeset"]
        # It finds what was built by itself; told where, it would look for samconfig.toml there.
        _sam(["deploy", "--config-env", environment, *unasked], parameters)
    except subprocess.CalledProcessError as failure:
        return failure.returncode  # sam has said why
    except (LocalFailure, ClientError, BotoCoreError) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def settings_of(config: Mapping[str, Any], environment: str) -> Mapping[str, Any]:
    """What samconfig.toml says of a deploy, and of all commands, under that name. Raises BadOption."""
    known = [name for name, section in config.items() if isinstance(section, dict) and "parameters" in section.get("deploy", {})]
    if environment not in known:
        raise BadOption(
            f"samconfig.toml has no environment {environment!r}: ENV must be one of {', '.join(known)}, "
            f"or get a section [{environment}.deploy.parameters]."
        )
    return {**config[environment].get("global", {}).get("parameters", {}), **config[environment]["deploy"]["parameters"]}


def check(config: Mapping[str, Any], environment: str, parameters: Mapping[str, str]) -> None:
    """Raises BadOption with all that is wrong, or botocore's errors where AWS cannot be asked."""
    faults = list(readiness.faults_of_parameters(parameters, os.environ.get("AWS_ENDPOINT_URL")))
    faults += faults_of_values(parameters, declared())
    if not faults and parameters.get("Environment") != "local":
        settings = settings_of(config, environment)
        session = boto3.Session(profile_name=settings.get("profile"), region_name=settings.get("region"))
        stack = settings["stack_name"]
        faults += readiness.faults_of_secret(session.client("cloudformation"), session.client("secretsmanager"), stack)
    if faults:
        raise BadOption(f"{environment} must not go out like this (samconfig.toml, PARAMETER_…): {'; '.join(faults)}.")


def check_built(arch: str) -> None:
    """Raises BadOption where nothing was built, or something for the other processor, which would fail in every call."""
    if not BUILT.exists():
        raise BadOption("BUILT=1 takes what `sam build` left in .aws-sam, and there is nothing.")
    [foreign] = _PROCESSORS.keys() - {arch}
    if any((BUILT.parent / "CommonLayer").rglob(f"*{_PROCESSORS[foreign]}*.so")):
        raise BadOption(f"Arch is {arch}, and what was built is for {foreign}: build with ARCH={arch}.")


def _sam(command: list[str], parameters: Mapping[str, str]) -> None:
    """On the command line `--parameter-overrides` replaces those of samconfig.toml. Raises CalledProcessError."""
    # `sam build` looks for python3.13 on PATH; .venv has exactly that version. layers/common/Makefile reads ARCH.
    path = os.pathsep.join([str(python_of(".venv").parent), os.environ.get("PATH", os.defpath)])
    surroundings = os.environ | {"PATH": path, "ARCH": parameters["Arch"]}
    sam = python_of(".venv-sam").with_name("sam")
    subprocess.run([sam, *command, "--parameter-overrides", *overrides(parameters)], cwd=ROOT, env=surroundings, check=True)


if __name__ == "__main__":
    raise SystemExit(main())
