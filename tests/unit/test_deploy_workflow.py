"""The deployment from GitHub: no long-lived keys, pinned actions, one build for both environments."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.support.template import template

TEXT = (Path(__file__).parents[2] / ".github/workflows/deploy.yml").read_text(encoding="utf-8")
WORKFLOW: dict[str, Any] = yaml.safe_load(TEXT)
JOBS = WORKFLOW["jobs"]


def test_every_action_is_pinned_to_a_commit() -> None:
    used = [step["uses"] for job in JOBS.values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one) for one in used)


def test_a_role_is_assumed_by_openid_connect_and_there_are_no_keys() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOBS["build"]
    for name in ("staging", "prod"):
        assert JOBS[name]["permissions"] == {"contents": "read", "id-token": "write"}
        assert JOBS[name]["environment"] == name
    assert not re.search(r"secrets\.|access-key|ACCESS_KEY", TEXT)


def test_what_was_built_and_tested_once_goes_to_staging_and_then_to_prod() -> None:
    assert [name for name, job in JOBS.items() if any("make build" in step.get("run", "") for step in job["steps"])] == ["build"]
    assert (JOBS["staging"]["needs"], JOBS["prod"]["needs"]) == ("build", "staging")
    assert JOBS["staging"]["steps"] == JOBS["prod"]["steps"]


def test_deployments_wait_for_each_other_and_are_not_broken_off() -> None:
    assert WORKFLOW["concurrency"] == {"group": "deploy", "cancel-in-progress": False}


def test_a_deployment_takes_the_way_of_make_deploy_with_parameters_that_the_template_has() -> None:
    """Which checks them first, and marks the release (local/deploy.py)."""
    [step] = [step for step in JOBS["prod"]["steps"] if "deploy" in step.get("run", "")]
    assert step["run"] == 'make deploy ENV="$GITHUB_JOB"'
    assert step["env"]["BUILT"] == "1"
    named = {name.removeprefix("PARAMETER_") for name in step["env"] if name.startswith("PARAMETER_")}
    assert {"JwtIssuer", "BackendUrl"} <= named <= set(template()["Parameters"])


def test_each_run_is_a_release_of_its_own_also_of_a_build_that_was_taken_back() -> None:
    [release] = {step["env"]["RELEASE"] for job in JOBS.values() for step in job["steps"] if "env" in step}
    assert {"github.run_id", "github.run_attempt"} == set(re.findall(r"\$\{\{ ([\w.]+) \}\}", release))


def test_values_of_an_environment_reach_no_shell_as_code() -> None:
    assert not any("${{" in step.get("run", "") for job in JOBS.values() for step in job["steps"])
