"""The script `sorami` itself against the deployed stack, as an operator types it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import requests

from local.environment import python_of
from local.stack import Stack
from tests.e2e.test_reconcile import reconcile
from tests.support.api import Api, completed, wait_for


def sorami(stack: Stack, *words: str, exit_code: int = 0) -> Any:
    """What the command prints, read as JSON, if it ended as expected."""
    state = Path(stack.signing_key).parents[1]
    command = [str(python_of(".venv").parent / "sorami"), *words, "--json", "--stack", f"{state}/"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == exit_code, f"{command}: {answer.stdout}{answer.stderr}"
    return json.loads(answer.stdout) if answer.stdout else None


def test_a_job_is_seen_from_its_start_to_the_notification_of_its_end(stack: Stack, api: Api) -> None:
    job_id = api.new_job()
    [listed] = sorami(stack, "jobs", "--user", api.user, "--status", "open")
    assert (listed["job_id"], listed["status"]) == (job_id, "PENDING")
    assert sorami(stack, "job", job_id)["next"]["look"] == "ends"  # the first look is after an hour there, which no job may take
    assert api.webhook(completed(job_id)).json()["applied"] is True
    api.feed_with(1)
    [told] = sorami(stack, "notifications", "--user", api.user)
    seen = sorami(stack, "job", job_id, "--logs")
    assert seen["notification"]["id"] == told["id"]
    assert len(seen["images"]) == 1
    whole = wait_for(
        lambda: {mark["by"] for mark in sorami(stack, "job", job_id, "--logs")["history"]},
        lambda by: {"job", "generate", "webhook", "notify"} <= by,
        "the log lines of three functions",
    )
    assert "discard" not in whole


def test_an_expired_job_is_a_timeout_that_is_told_once_and_a_late_result_counts(stack: Stack, api: Api) -> None:
    job_id = api.new_job()
    assert sorami(stack, "expire", job_id, "--dry-run")["written"] is False
    assert api.status(job_id)["status"] == "PENDING"
    assert sorami(stack, "expire", job_id)["status"] == "FAILED"
    status = api.status(job_id)
    assert (status["status"], status["error_code"]) == ("FAILED", "timeout")
    sorami(stack, "expire", job_id, exit_code=4)
    [notification] = api.feed_with(1)["notifications"]
    assert (notification["type"], notification["metadata"]["errorCode"]) == ("IMAGE_FAILED", "timeout")
    assert api.webhook(completed(job_id)).json()["applied"] is True
    assert [one["type"] for one in api.feed_with(2)["notifications"]] == ["IMAGE_COMPLETED", "IMAGE_FAILED"]


def test_a_retried_job_is_looked_at_an_hour_before_its_time(stack: Stack, api: Api) -> None:
    job_id = api.new_job()
    reconcile(stack)
    assert api.status(job_id)["status"] == "PENDING"
    assert sorami(stack, "retry", job_id)["written"] is True

    def tick() -> str:
        reconcile(stack)
        return str(api.status(job_id)["status"])

    # The example backend may still be drawing: then it says so when it is asked, and the look after that is an hour away.
    assert wait_for(tick, lambda state: state != "PENDING", "what the backend says of it") in {
        "GENERATING",
        "SAVING",
        "COMPLETED",
    }
    sorami(stack, "retry", "nobody", exit_code=3)


def test_the_doctor_finds_nothing_wrong_with_a_sound_stack(hasty_stack: Stack) -> None:
    found = sorami(hasty_stack, "doctor")
    assert {one["check"] for one in found["checks"] if one["verdict"] == "skipped"} == {"credentials", "alarms"}
    assert found["worst"] == "ok"


def test_the_doctor_sees_that_a_first_look_after_an_hour_makes_no_sense(stack: Stack) -> None:
    found = sorami(stack, "doctor", exit_code=6)
    assert [one["check"] for one in found["checks"] if one["verdict"] in {"warn", "fail"}] == ["parameters"]


def test_its_token_opens_the_api(stack: Stack) -> None:
    token = sorami(stack, "token", "user_of_the_console")["token"]
    answer = requests.get(f"{stack.api_url}/api/notifications", headers={"Authorization": f"Bearer {token}"}, timeout=40)
    assert answer.status_code == requests.codes.ok
