"""How long is waited for what (docs/reliability.md, rows 3, 4 and 24)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconcile.patience import Patience, was_heard, watched_since
from sorami.jobs import Job, State
from tests.support.samples import NOON, minutes, pending_job

# The template's own defaults.
PATIENCE = Patience(
    first_look=timedelta(minutes=1), silence=timedelta(minutes=10), deadline=timedelta(minutes=15), longest=timedelta(hours=1)
)


def heard(at: float, **changes: object) -> Job:
    """A job of which something was heard so many minutes after noon."""
    plain = replace(pending_job(), state=State.GENERATING, progress=60, updated_at=minutes(at))
    return replace(plain, **changes)  # type: ignore[arg-type]  # by name


def looks_at(job: Job, *, first: float) -> list[float]:
    """The minutes after noon at which a job is looked at, until it is over."""
    seen = [first]
    while not PATIENCE.is_over(job, minutes(seen[-1])) and len(seen) < 20:
        now = minutes(seen[-1])
        seen.append((PATIENCE.next_look(job, now) - NOON) / timedelta(minutes=1))
        job = replace(job, looks=job.looks + 1, watched_since=watched_since(job, now))
    return seen


def test_row_3_a_job_that_nobody_takes_is_looked_at_after_1_2_4_and_8_minutes_and_then_ends() -> None:
    assert looks_at(pending_job(), first=1) == [1, 3, 7, 15, 16]


def test_a_backend_at_work_that_falls_silent_is_given_ten_minutes_from_the_first_look_on() -> None:
    assert looks_at(heard(5), first=6) == [6, 8, 12, 16]


def test_a_backend_that_said_it_is_at_work_counts_as_one_that_was_heard() -> None:
    assert looks_at(pending_job(answered_at=minutes(1)), first=2) == [2, 4, 8, 12]


@pytest.mark.parametrize("word", [{"state": State.INITIALIZING}, {"progress": 10}, {"answered_at": minutes(1)}], ids=str)
def test_any_word_of_its_backend_is_one(word: dict[str, object]) -> None:
    assert was_heard(pending_job(**word))
    assert not was_heard(pending_job())


def test_what_was_heard_within_a_minute_needs_no_look() -> None:
    assert PATIENCE.heard_lately(heard(5), minutes(5.9))
    assert not PATIENCE.heard_lately(heard(5), minutes(6))
    assert not PATIENCE.heard_lately(pending_job(), minutes(0.5))


@pytest.mark.parametrize("skew", [-5, 5])
def test_row_24_no_other_clock_ends_anything_early(skew: int) -> None:
    """What generate and the webhook wrote down is five minutes off; the looks and what they see are by one clock."""
    early, late = minutes(10), minutes(25)
    for job, wait in ((pending_job(created_at=minutes(skew)), 15), (heard(skew), 10)):
        watched = replace(job, looks=3, watched_since=early)
        assert not PATIENCE.is_over(replace(job, looks=3), late)
        assert not PATIENCE.is_over(watched, early + timedelta(minutes=wait - 0.1))
        assert PATIENCE.is_over(watched, early + timedelta(minutes=wait))


def test_row_24_a_clock_that_is_behind_puts_nothing_off_for_ever() -> None:
    job = pending_job(looks=5)
    assert PATIENCE.next_look(job, minutes(-5)) <= minutes(15)


def test_nothing_takes_longer_than_the_longest() -> None:
    assert PATIENCE.has_taken_too_long(heard(59), minutes(60))
    assert PATIENCE.is_over(heard(59), minutes(60))
    assert not PATIENCE.has_taken_too_long(heard(59), minutes(59.9))
    assert PATIENCE.next_look(heard(59, looks=9), minutes(59.5)) == minutes(60)


def test_news_put_nothing_off_beyond_the_longest() -> None:
    for at in (59.5, 63):  # the second by a clock that is ahead
        assert PATIENCE.look_after_news(heard(at), minutes(at)) == minutes(60)
    assert not PATIENCE.heard_lately(heard(59.5), minutes(60))


def test_a_last_look_that_comes_to_nothing_is_soon_made_again() -> None:
    for last in (pending_job(looks=4, watched_since=minutes(1)), heard(5, looks=3, watched_since=minutes(6))):
        assert PATIENCE.is_over(last, minutes(16))
        assert PATIENCE.next_look(last, minutes(16)) == minutes(17)


def test_however_often_a_job_was_looked_at_the_next_look_has_a_time() -> None:
    assert PATIENCE.next_look(heard(5, looks=10_000, watched_since=minutes(6)), minutes(7)) == minutes(16)
