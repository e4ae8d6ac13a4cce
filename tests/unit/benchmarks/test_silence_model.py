"""The simulation of reconcile after an outage of the backend, against what must come out whatever happens."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.scale.deployment import Sweeps
from benchmarks.scale.silence import Aftermath, Outage, run
from reconcile.patience import Patience

PATIENCE = Patience(
    first_look=timedelta(minutes=1), silence=timedelta(minutes=10), deadline=timedelta(minutes=15), longest=timedelta(hours=1)
)
SWEEPS = Sweeps(every=60, window=60, most=500, workers=8, segments=4, memory=256)
PLENTY = 1e6


def aftermath(*, most: int, seconds: float = 300, rate: float = 2, thinned: int = 1, hours: float = 2) -> Aftermath:
    outage = Outage(rate=rate, seconds=seconds, down=PLENTY, up=PLENTY, thinned=thinned)
    return run(replace(SWEEPS, most=most), PATIENCE, outage, hours=hours, seed=7)


@pytest.mark.parametrize("most", [1, 20, 10_000])
def test_every_job_of_the_outage_is_asked_for_again_or_failed_or_open(most: int) -> None:
    seen = aftermath(most=most)
    assert seen.jobs == seen.submitted + seen.failed + seen.open
    assert seen.jobs == pytest.approx(2 * 300, rel=0.15)


def test_with_room_for_all_none_fails_and_none_waits_longer_than_its_looks_are_apart() -> None:
    """The second look of a job comes two minutes after the first, the third four minutes later: and runs come by the minute."""
    seen = aftermath(most=10_000)
    assert (seen.failed, seen.open) == (0, 0)
    assert seen.delay_max is not None
    assert seen.delay_max <= 4 * 60 + 60


def test_where_there_is_room_for_some_the_backlog_shrinks_by_as_many_a_minute() -> None:
    seen = aftermath(most=20)
    at = {minute: seen.backlog[minute] for minute in (10, 11, 15)}
    assert at[10] - at[11] == 20
    assert at[10] - at[15] == 5 * 20


def test_a_job_that_is_not_reached_within_the_longest_time_fails() -> None:
    seen = aftermath(most=5, hours=4)
    assert seen.failed > 0
    assert seen.submitted <= 5 * 60, "an hour's looks"
    assert seen.open == 0


def test_a_backend_that_stays_away_longer_than_it_is_waited_for_costs_the_jobs_of_its_beginning() -> None:
    seen = aftermath(most=10_000, seconds=1800, rate=0.2)
    assert 0 < seen.failed < seen.jobs
    assert seen.submitted > 0


def test_many_jobs_are_thinned_and_so_is_the_room_for_them() -> None:
    whole, thin = aftermath(most=40, rate=4), aftermath(most=40, rate=4, thinned=4)
    assert thin.jobs == pytest.approx(whole.jobs, rel=0.15)
    assert thin.minutes == pytest.approx(whole.minutes, abs=4)


def test_the_same_seed_gives_the_same_aftermath() -> None:
    assert aftermath(most=20) == aftermath(most=20)
