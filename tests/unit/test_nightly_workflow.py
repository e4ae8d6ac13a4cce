"""The run of each night: targets that there are, with a seed of its own."""

import re
from typing import Any

import yaml

from local.environment import ROOT

WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text(encoding="utf-8"))
JOB = WORKFLOW["jobs"]["long"]


def test_what_runs_at_night_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = JOB["strategy"]["matrix"]["target"]
    assert set(asked) <= set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"^([\w-]+):.*\[SEED=…\]", makefile, re.MULTILINE)) <= set(asked)


def test_each_night_draws_otherwise_and_a_failure_can_be_seen_again() -> None:
    [step] = [step for step in JOB["steps"] if "run" in step]
    assert step["run"].endswith('SEED="$SEED"')
    assert step["env"]["SEED"] == "${{ inputs.seed || github.run_number }}"


def test_it_may_do_no_more_than_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOB
