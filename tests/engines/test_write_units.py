"""What a whole job consumes of DynamoDB, as the engine itself says it (docs/cost.md shows each step)."""

from collections import Counter
from collections.abc import Mapping

import pytest

from benchmarks.cost.measured import step_of
from benchmarks.tables import units
from local.environment import ROOT
from tests.support.engines import JOBS, NOTIFICATIONS, Engine
from tests.support.metering import Meter
from tests.support.one_job import one_job

WRITES = {"PutItem", "UpdateItem"}

REQUESTS: Mapping[str, list[str]] = {
    "create": ["Query", "PutItem"],
    "progress 1": ["UpdateItem"],
    "progress 2": ["UpdateItem"],
    "progress 3": ["UpdateItem"],
    "status": ["GetItem"],
    "complete": ["UpdateItem"],
    "notification": ["PutItem", "Query"],
    "result": ["GetItem"],
    "gallery page": ["Query"],
    "feed page": ["Query", "Query"],
}


@pytest.fixture
def steps(engine: Engine) -> dict[str, Meter]:
    return dict(one_job(engine.client, JOBS, NOTIFICATIONS))


def written(meter: Meter) -> Counter[str]:
    units: Counter[str] = Counter()
    for one in meter.consumed:
        if one.operation in WRITES:
            units.update({name: int(number) for name, number in one.units.items()})
    return units


def test_each_step_asks_dynamodb_what_the_design_says(steps: dict[str, Meter]) -> None:
    assert {name: [call.removeprefix("dynamodb.") for call in meter.calls] for name, meter in steps.items()} == REQUESTS


def test_a_whole_job_is_12_write_units(steps: dict[str, Meter]) -> None:
    assert written(steps["create"]) == {"table": 1, "by_user": 1, "open": 1}
    for number in (1, 2, 3):
        assert written(steps[f"progress {number}"]) == {"table": 1}, "an index that moves would cost two more"
    assert written(steps["complete"]) == {"table": 2, "open": 1, "finished": 1}
    assert written(steps["notification"]) == {"table": 1, "unread": 1}
    assert sum(sum(written(meter).values()) for meter in steps.values()) == 12


def test_the_document_shows_each_steps_requests_and_write_units(steps: dict[str, Meter]) -> None:
    """docs/cost.md, as `make cost` writes it. Reads are not compared: a Query that finds nothing is free on one engine only."""
    shown = [_without_reads(line) for line in (ROOT / "docs/cost.md").read_text(encoding="utf-8").splitlines()]
    found = {"steps": {name: step_of(meter) for name, meter in steps.items()}}
    assert [line for line in map(_without_reads, units(found)) if line not in shown] == []


def _without_reads(line: str) -> str:
    return line.rpartition(" |")[0].rpartition("|")[0]


def test_reads_write_nothing(steps: dict[str, Meter]) -> None:
    for name in ("status", "result", "gallery page", "feed page"):
        assert not written(steps[name])
        assert 0 < sum(one.total for one in steps[name].consumed) <= 2
