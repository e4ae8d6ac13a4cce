"""The simulation of a stream and its reader, against what a queue does by arithmetic."""

import pytest

from benchmarks.scale.stream import Course, Lanes, Load, run

LANES = Lanes(count=4, batch=10, seconds=lambda records: 0.1 + records * 0.02)
"""A full batch takes 0.3 s: 33 records a second in each lane, 133 in all."""


def course(rate: float, *, seconds: float = 600, lanes: Lanes = LANES, **more: tuple[float, ...]) -> Course:
    return run(lanes, Load(rate=rate, seconds=seconds, **more), seed=7)  # type: ignore[arg-type]  # a burst or an outage


def test_what_all_lanes_can_do_is_their_full_batches() -> None:
    assert LANES.most == pytest.approx(4 * 10 / 0.3)


@pytest.mark.parametrize("rate", [1, 60, 125, 400])
def test_what_came_in_is_done_or_waits(rate: float) -> None:
    seen = course(rate)
    assert seen.arrived == seen.done + seen.waiting


def test_records_come_at_the_rate_that_was_asked_for_and_in_a_burst_at_that_many_times_it() -> None:
    assert course(100).arrived == pytest.approx(60_000, rel=0.02)
    assert course(100, burst=(150, 300, 3.0)).arrived == pytest.approx(90_000, rel=0.02)


def test_nothing_waits_where_there_is_room_and_the_delay_is_the_look_and_the_work() -> None:
    seen = course(2)
    assert (seen.waiting, seen.oldest) == (0, 0)
    assert 0.1 < seen.delay_p50 <= seen.delay_p99 < 0.25 + 0.2


def test_lanes_are_busy_for_what_they_did() -> None:
    """One record at a time, so every invocation takes as long."""
    one_by_one = Lanes(count=4, batch=1, seconds=lambda _: 0.1)
    seen = course(20, lanes=one_by_one)
    assert seen.busy == pytest.approx(20 * 0.1 / 4, rel=0.05)
    assert seen.invocations == seen.done


@pytest.mark.parametrize("times", [1.5, 3.0])
def test_the_backlog_and_its_age_grow_steadily_where_there_is_none(times: float) -> None:
    """Of a load r times what can be done, a share of 1 - 1/r is left, and so the age grows by that share of the time."""
    growth = 1 - 1 / times
    seen = course(LANES.most * times)
    assert seen.waiting == pytest.approx(seen.arrived * growth, rel=0.05)
    assert seen.oldest == pytest.approx(600 * growth, rel=0.05)
    assert seen.ages[10] == pytest.approx(300 * growth, rel=0.1)
    assert seen.busy == pytest.approx(1, abs=0.01)


def test_an_outage_is_made_good_at_the_pace_that_is_left_over() -> None:
    """After T seconds without a reader, at a load of r times what can be done, T·r / (1 - r) seconds."""
    seen = course(LANES.most / 2, outage=(60, 180))
    assert seen.oldest == pytest.approx(120, abs=1)
    assert seen.caught_up == pytest.approx(120 * 0.5 / (1 - 0.5), rel=0.1)
    assert seen.arrived == seen.done + seen.waiting


def test_a_backlog_that_is_still_there_at_the_end_is_not_called_made_good() -> None:
    assert course(LANES.most * 2, outage=(60, 180)).caught_up is None


def test_the_same_seed_gives_the_same_course_and_another_another() -> None:
    load = Load(rate=50, seconds=60)
    assert run(LANES, load, seed=1) == run(LANES, load, seed=1) != run(LANES, load, seed=2)


def test_a_few_lanes_stand_for_many() -> None:
    many = Lanes(count=400, batch=10, seconds=LANES.seconds)
    seen = run(many, Load(rate=100 * LANES.most * 0.8, seconds=120), seed=7, sample=4)
    assert seen.arrived == pytest.approx(100 * LANES.most * 0.8 * 120, rel=0.02)
    assert seen.busy == pytest.approx(course(LANES.most * 0.8, seconds=120).busy, rel=0.05)
