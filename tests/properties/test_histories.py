"""Random histories on each engine; `make histories N=15000 [SEED=…]` runs more of them."""

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from sorami.observability import logger, metrics
from tests.properties.listeners import Listeners
from tests.properties.machine import Histories
from tests.support.engines import Engine
from tests.support.seeds import chosen_seed

# Over all engines together.
_HISTORIES = int(os.environ.get("HISTORIES", "1000"))
_STEPS = 8
_SHARE = 0.5
_SECONDS = 600 + _HISTORIES  # that many only a hang takes, also where other work is done beside it


@pytest.fixture
def histories(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Histories]]:
    monkeypatch.setattr(metrics, "add_metric", lambda *, name, value, **_: Histories.counted.update({name: value}))
    level = logger.log_level
    logger.setLevel("CRITICAL")
    Histories.engine, Histories.listeners = engine, Listeners(engine)
    yield Histories
    logger.setLevel(level)
    del Histories.engine, Histories.listeners


@pytest.mark.timeout(_SECONDS)
def test_rows_1_2_8_9_10_24_26_random_histories_end_as_the_model_says(
    histories: type[Histories], engine: Engine, record_property: Callable[[str, object], None]
) -> None:
    Histories.histories = Histories.steps = 0
    chosen = settings(
        max_examples=max(1, round(_HISTORIES * _SHARE)),
        stateful_step_count=_STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(chosen_seed())(histories), settings=chosen)
    finally:
        said = f"{engine}: {Histories.histories} histories of {Histories.steps} steps in all, seed {chosen_seed()}"
        record_property("histories", said)
