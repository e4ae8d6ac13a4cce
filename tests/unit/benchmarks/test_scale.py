"""What the models of load take from the template and from measurements, and what they make of it."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.cost.measured import measured_before
from benchmarks.cost.memory import billed_ms
from benchmarks.scale.deployment import NEW_TABLE_SHARDS, from_template
from benchmarks.scale.limits import LIMITS, limit
from benchmarks.scale.pace import Pace
from benchmarks.scale.reach import Reach, notify_lanes, reaches, writes_by_place
from benchmarks.scale.setups import CASES
from benchmarks.scale.tables import limits_table, reach_table
from tests.support.template import properties

PACE = Pace(cpu_ms={"generate": 4.0, "webhook": 2.0, "query (status)": 1.0, "notify": 4.2})
WRITES = {"jobs": 6.0, "by_user": 1.0, "open": 2.0, "finished": 1.0, "notifications": 1.0, "unread": 1.0}


def reach(what: str, when: str = "", **parameters: str) -> Reach:
    [found] = [one for one in reaches(from_template(**parameters), PACE, WRITES) if (one.what, one.when) == (what, when)]
    return found


def test_mappings_throttles_and_memory_are_the_templates_own() -> None:
    deployed = from_template()
    mapping: dict[str, Any] = properties("NotifyFunction")["Events"]["ChangedJobs"]["Properties"]
    assert deployed.notify.batch == mapping["BatchSize"]
    assert deployed.notify.lanes(3) == 3 * deployed.notify.parallel
    assert deployed.memory["generate"] == properties("GenerateFunction")["MemorySize"]
    assert set(deployed.routes) == {"default", *properties("HttpApi")["RouteSettings"]}


def test_a_parameter_moves_the_limit_that_it_is_named_for() -> None:
    more = {"RequestsPerSecond": "1000", "CreatesPerSecond": "500", "NotifyParallelism": "8", "ReconcileJobsPerRun": "1000"}
    plain, moved = from_template(), from_template(**more)
    assert (moved.routes["default"], moved.live_stage, moved.routes["POST /api/images/generate"]) == (1000, 1000, 500)
    assert moved.notify.parallel == 8 != plain.notify.parallel
    assert moved.sweeps.most == 1000 != plain.sweeps.most
    assert reach("route of the reports", RequestsPerSecond="1000").jobs == 1000 / 4


def test_a_mapping_that_waits_for_fuller_batches_is_not_passed_off_as_one_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(properties("NotifyFunction")["Events"]["ChangedJobs"]["Properties"], "MaximumBatchingWindowInSeconds", 5)
    with pytest.raises(ValueError, match="NotifyFunction"):
        from_template()


def test_an_outcome_alone_takes_what_the_cost_model_bills_it_for() -> None:
    """The measured record is an outcome; five records, of which one is, cost its work and that of four lighter ones."""
    bare = PACE.notify(5, 1769, connected=False) * 1000
    lighter = 4.0 + PACE.cpu_ms["notify"] / 3
    assert bare == pytest.approx(billed_ms("notify", PACE.cpu_ms["notify"], 1769) + 4 * lighter)


def test_a_listener_costs_a_push_for_each_message_and_a_count_for_each_outcome() -> None:
    alone, connected = (PACE.notify(5, 1769, connected=on) * 1000 for on in (False, True))
    pushes, counts, call = 5 + 1, 1, PACE.cpu_ms["notify"] / 3
    assert connected - alone == pytest.approx(10.0 + counts * 4.0 + (pushes + counts) * call)


@pytest.mark.parametrize("memory", [256, 1769])
def test_more_records_more_listeners_and_less_memory_take_longer(memory: int) -> None:
    alone, connected = (PACE.notify(25, memory, connected=on) for on in (False, True))
    assert PACE.notify(5, memory, connected=True) < connected
    assert alone < connected
    assert PACE.notify(25, 128, connected=True) > connected
    assert replace(PACE, slower=3).notify(25, memory, connected=True) == pytest.approx(3 * connected)


def test_a_run_of_reconcile_is_bound_by_its_threads_or_by_its_processor() -> None:
    assert PACE.looks_per_second(1, 1769, backend_answers=True) == pytest.approx(1 / 0.216)
    assert PACE.looks_per_second(10_000, 1769, backend_answers=True) == pytest.approx(1 / 0.006)
    assert PACE.looks_per_second(8, 1769, backend_answers=False) < PACE.looks_per_second(8, 1769, backend_answers=True)


def test_a_limit_is_reached_at_its_value_by_what_a_job_takes_of_it() -> None:
    assert reach("jobs table").jobs == pytest.approx(limit("table writes") / WRITES["jobs"])
    assert reach("gateway, requests of the account", "every page is connected").jobs == pytest.approx(10_000 / (6 + 6))
    found = reaches(from_template(), PACE, WRITES)
    assert [one.jobs for one in found] == sorted(one.jobs for one in found)


def test_notify_can_do_what_all_its_lanes_can() -> None:
    deployed = from_template()
    lanes = notify_lanes(deployed, PACE, shards=NEW_TABLE_SHARDS)
    assert lanes.most == pytest.approx(
        NEW_TABLE_SHARDS * deployed.notify.parallel * 25 / PACE.notify(25, deployed.notify.memory, connected=True)
    )


def test_write_units_are_told_apart_by_table_and_index() -> None:
    found = writes_by_place(measured_before().writes)
    assert found == WRITES
    assert sum(found.values()) == 12


def test_every_limit_says_where_it_stands_and_how_it_is_known() -> None:
    assert all(one.page.startswith("https://") and one.read and one.moves for one in LIMITS.values())
    rows = list(limits_table())
    assert len(rows) == len(LIMITS) + 2
    assert all(one.page in row and one.read in row for one, row in zip(LIMITS.values(), rows[2:], strict=True))


def test_a_limit_that_is_exceeded_stands_out() -> None:
    [row] = list(reach_table([Reach("a thing", 50, "nothing")]))[2:]
    assert row == "| a thing | always | 50 | 2% | **2.0×** | **200.0×** | nothing |"


def test_no_case_goes_beyond_what_aws_allows_of_a_shard() -> None:
    for _, setup in CASES:
        assert setup.deployment.notify.parallel <= limit("parallelization")
