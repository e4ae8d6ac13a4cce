"""Random histories run on real engines; what they came to is said at the end, also where xdist swallows what a test prints."""

from typing import Any

import pytest

from tests.support.engine_workers import OneWorkerPerEngine
from tests.support.engines import engine

__all__ = ["engine"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneWorkerPerEngine:
    return OneWorkerPerEngine(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    for report in reports:
        for name, said in report.user_properties:
            if name == "histories" and report.when == "call":
                terminalreporter.write_line(f"histories  {said}")
