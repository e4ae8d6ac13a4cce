"""`make deploy [ENV=dev]`: build and deploy one environment of samconfig.toml; an ARCH in the environment goes for both.

What would open a stack to strangers is refused before anything is built (local/readiness.py).
"""

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local import readiness
from local.environment import ROOT, python_of
from local.failures import BadOption, LocalFailure


def main() -> int:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    try:
        steps = commands(config, sys.argv[1], os.environ.get("ARCH"))
        check_readiness(config, sys.argv[1])
        sam = python_of(".venv-sam").with_name("sam")
        # `sam build` looks for python3.13 on PATH; .venv has exactly that version.
        path = os.pathsep.join([str(python_of(".venv").parent), os.environ.get("PATH", os.defpath)])
    except (LocalFailure, ClientError, BotoCoreError) as failure:
        print(failure, file=sys.stderr)
        return 1
    for step in steps:
        if code := subprocess.run([sam, *step], cwd=ROOT, env=os.environ | {"PATH": path}, check=False).returncode:
            return code
    return 0


def check_readiness(config: Mapping[str, Any], environment: str) -> None:
    """Raises BadOption with all that is wrong, or botocore's errors where AWS cannot be asked."""
    said = config[environment]["deploy"]["parameters"]
    parameters = readiness.parameters_of(said.get("parameter_overrides", []))
    faults = list(readiness.faults_of_parameters(parameters, os.environ.get("AWS_ENDPOINT_URL")))
    if not faults and parameters.get("Environment") != "local":
        common = config[environment].get("global", {}).get("parameters", {})
        session = boto3.Session(profile_name=said.get("profile"), region_name=said.get("region") or common.get("region"))
        stack_name = said.get("stack_name") or common["stack_name"]
        faults += readiness.faults_of_secret(session.client("cloudformation"), session.client("secretsmanager"), stack_name)
    if faults:
        raise BadOption(f"{environment} must not go out like this (samconfig.toml): {'; '.join(faults)}.")


def commands(config: Mapping[str, Any], environment: str, arch: str | None) -> list[list[str]]:
    """Arguments of `sam build` and `sam deploy`. Raises BadOption before anything is built.

    On the command line `--parameter-overrides` replaces those of samconfig.toml, so they are repeated; `Arch` comes
    last and wins.
    """
    known = [name for name, section in config.items() if isinstance(section, dict) and "parameters" in section.get("deploy", {})]
    if environment not in known:
        raise BadOption(
            f"samconfig.toml has no environment {environment!r}: ENV must be one of {', '.join(known)}, "
            f"or get a section [{environment}.deploy.parameters]."
        )
    steps = []
    for verb in ("build", "deploy"):
        said = config[environment].get(verb, {}).get("parameters", {}).get("parameter_overrides", [])
        if isinstance(said, dict):
            said = [f"{name}='{value}'" for name, value in said.items()]
        overrides = [said] if isinstance(said, str) else said
        chosen = ["--parameter-overrides", *overrides, f"Arch={arch}"] if arch else []
        steps.append([verb, "--config-env", environment, *chosen])
    return steps


if __name__ == "__main__":
    raise SystemExit(main())
