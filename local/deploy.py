"""`make deploy [ENV=dev]`: build and deploy one environment of samconfig.toml; an ARCH in the environment goes for both."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from typing import Any

from local.environment import ROOT, python_of
from local.failures import BadOption, LocalFailure


def main() -> int:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    try:
        steps = commands(config, sys.argv[1], os.environ.get("ARCH"))
        sam = python_of(".venv-sam").with_name("sam")
        # `sam build` looks for python3.13 on PATH; .venv has exactly that version.
        path = os.pathsep.join([str(python_of(".venv").parent), os.environ.get("PATH", os.defpath)])
    except LocalFailure as failure:
        print(failure, file=sys.stderr)
        return 1
    for step in steps:
        if code := subprocess.run([sam, *step], cwd=ROOT, env=os.environ | {"PATH": path}, check=False).returncode:
            return code
    return 0


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
