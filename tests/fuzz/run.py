"""One run of schemathesis against a stack: as a prepared user, or without any proof."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.environment import ROOT
from local.stack import Stack
from tests.support.api import Api, completed, failed

PROGRAM = ROOT / ".venv-fuzz/bin/schemathesis"
_JOBS, _OPEN_JOBS = 12, 2
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    """How many requests were made and judged, what failed, and all that was printed."""

    cases: int
    failures: list[str]
    output: str


def fuzz(stack: Stack, folder: Path, *, examples: int, with_proof: bool, whole: bool = True, seed: str | None = None) -> Outcome:
    """About `examples` random requests a route, of each kind; the `whole` adds those that every limit of a schema suggests, and
    chains of calls along the document's links. Leaves its files in `folder`."""
    user = Api.of_new_user(stack)
    report = folder / "report.json"
    config = folder / "schemathesis.toml"
    config.write_text(_config(_things_of(user), with_proof=with_proof), encoding="utf-8")
    command = [
        *(str(PROGRAM), "--config-file", str(config), "run", str(ROOT / "openapi.json"), "--url", stack.api_url),
        *("--max-examples", str(examples), "--generation-database", "none", "--no-color", "--continue-on-failure"),
        *("--report", "json", "--report-json-path", str(report)),
    ]
    command += ["--phases", "examples,coverage,fuzzing,stateful" if whole else "examples,fuzzing"]
    if seed:
        command += ["--seed", seed]
    secrets = {"SORAMI_TOKEN": stack.token(user.user), "SORAMI_WEBHOOK_SECRET": stack.webhook_secret}
    environment = {**os.environ, **secrets, "SCHEMATHESIS_HOOKS": str(_HERE / "hooks.py")}
    environment.pop("PYTHONPATH", None)
    finished = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if not report.exists():
        raise AssertionError(f"schemathesis did not come to an end:\n{finished.stdout}")
    said = json.loads(report.read_text(encoding="utf-8"))
    failures = [str(one) for one in [*said["failures"], *said["errors"]]]
    if finished.returncode and not failures:
        failures = [f"it ended with {finished.returncode}"]
    return Outcome(cases=said["test_cases"]["generated"], failures=failures, output=finished.stdout)


def _things_of(user: Api) -> dict[str, list[Any]]:
    """A user's jobs, one failed, some open and the rest completed, and what the user was told of them."""
    jobs: list[str] = []
    for number in range(_JOBS):  # most of them end at once: a user may have a few open ones only
        jobs.append(user.new_job())
        if number < _JOBS - _OPEN_JOBS:
            user.webhook(completed(jobs[-1]) if number else failed(jobs[-1]))
    notifications = [one["id"] for one in user.feed_with(_JOBS - _OPEN_JOBS)["notifications"]]
    return {"jobs": jobs, "notifications": notifications}


def _config(things: dict[str, list[Any]], *, with_proof: bool) -> str:
    text = (_HERE / "schemathesis.toml").read_text(encoding="utf-8")
    if not with_proof:
        text = "\n".join(part for part in text.split("\n\n") if not part.startswith("[auth."))
    # A JSON list of texts is a TOML one as well.
    return text + "".join(f"\n[dictionaries.{name}]\nvalues = {json.dumps(values)}\n" for name, values in things.items())
