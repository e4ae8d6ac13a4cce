"""Tests that need the same stack are run by one worker (tests/e2e/conftest.py); otherwise each worker deploys every stack."""

import subprocess
import sys
from pathlib import Path

SUITE = """
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(8))
def test_who_runs_this(number, worker_id):
    with open("workers", "a") as workers:
        workers.write(f"{worker_id} ")
"""


def test_tests_of_one_group_are_run_by_one_worker(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "--rootdir", "."]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)
    assert "8 passed" in ran.stdout, ran.stdout + ran.stderr
    assert len(set((tmp_path / "workers").read_text(encoding="utf-8").split())) == 1
