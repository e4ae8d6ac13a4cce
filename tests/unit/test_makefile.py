"""What people say to make reaches the programs to the letter."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ODD = "it's $HOME; $(echo no) é\""


def words_of(target: str, **said: str) -> list[str]:
    """The command line that make would give to the shell, as the shell reads it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    given = [f"{name}={value}" for name, value in said.items()]
    dry = ["make", "--dry-run", "--no-print-directory", "--assume-old=.venv/.ready", target, *given]
    printed = subprocess.run(dry, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    return shlex.split(printed[printed.index("BACKEND_API_KEY" if "KEY" in said else ".venv/bin/") :].replace("\\\n", " "))


@pytest.mark.parametrize("name", ["KEY", "SECRET", "URL", "PROMPT"])
def test_check_backend_gets_each_value_as_it_was_said(name: str) -> None:
    words = words_of("check-backend", **{"KEY": "k", "SECRET": "s", "URL": "http://127.0.0.1:1", name: ODD})
    wanted = {"KEY": f"BACKEND_API_KEY={ODD}", "SECRET": f"WEBHOOK_SECRET={ODD}"}.get(name, ODD)
    assert wanted in words


@pytest.mark.parametrize("name", ["JOB", "STATUS", "ERROR", "CODE"])
def test_webhook_gets_each_value_as_it_was_said(name: str) -> None:
    assert ODD in words_of("webhook", **{"JOB": "j", "STATUS": "failed", name: ODD})


@pytest.mark.parametrize("target", ["teardown", "jobs", "redrive", "outputs"])
def test_a_stack_is_the_one_that_was_said(target: str) -> None:
    words = words_of(target, STACK=ODD)
    assert words[words.index("--stack") + 1] == ODD


def test_teardown_without_a_stack_does_nothing() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        words_of("teardown")
    assert "make teardown STACK=" in failed.value.stderr
