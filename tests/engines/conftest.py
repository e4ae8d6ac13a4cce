"""The store on real engines: many writers at once, and a bad network in between."""

from typing import Any

import pytest

from tests.support.engine_workers import OneWorkerPerEngine
from tests.support.engines import engine

__all__ = ["engine"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneWorkerPerEngine:
    return OneWorkerPerEngine(config, log)
