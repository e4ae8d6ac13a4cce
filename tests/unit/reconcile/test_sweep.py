"""One run over the due jobs: bounded, and stopped by no single job."""

import threading
from collections.abc import Iterator
from concurrent.futures import wait
from typing import Any

import pytest

from reconcile.sweep import SEGMENTS, WORKERS, sweep_due_jobs


def _jobs(count: int) -> "Iterator[str]":
    return (f"job-{number}" for number in range(count))


def _in_first_segment(count: int) -> object:
    return lambda segment, _segments: _jobs(count) if segment == 0 else iter(())


def test_every_segment_is_looked_through() -> None:
    seen: list[tuple[int, int]] = []

    def due(segment: int, segments: int) -> Iterator[str]:
        seen.append((segment, segments))
        return iter([f"job-{segment}"])

    done: list[str] = []
    swept = sweep_due_jobs(due, done.append, has_time=lambda: True, max_jobs=500)
    assert sorted(seen) == [(segment, SEGMENTS) for segment in range(SEGMENTS)]
    assert sorted(done) == [f"job-{segment}" for segment in range(SEGMENTS)]
    assert (swept.jobs, swept.failures, swept.is_cut) == (SEGMENTS, 0, False)


def test_no_segment_is_always_the_last() -> None:
    """Where a run has no time for all, each has its turn."""
    firsts: set[int] = set()
    for _ in range(200):
        order: list[int] = []

        def due(segment: int, _segments: int, order: list[int] = order) -> Iterator[str]:
            order.append(segment)
            return iter(())

        sweep_due_jobs(due, lambda _: None, has_time=lambda: True, max_jobs=500)
        firsts.add(order[0])
    assert firsts == set(range(SEGMENTS))


def test_a_job_that_fails_stops_no_other() -> None:
    done: list[str] = []

    def reconcile(job_id: str) -> None:
        if job_id.endswith("3"):
            raise ValueError(job_id)
        done.append(job_id)

    swept = sweep_due_jobs(_in_first_segment(25), reconcile, has_time=lambda: True, max_jobs=500)  # type: ignore[arg-type]  # a lambda
    assert (swept.jobs, swept.failures, len(done)) == (25, 3, 22)


def test_a_run_takes_no_more_jobs_than_it_may() -> None:
    done: list[str] = []
    swept = sweep_due_jobs(_in_first_segment(100), done.append, has_time=lambda: True, max_jobs=10)  # type: ignore[arg-type]
    assert (swept.jobs, swept.is_cut, len(done)) == (10, True, 10)


def test_a_run_begins_nothing_when_its_time_is_over() -> None:
    begun: list[str] = []
    lock = threading.Lock()

    def reconcile(job_id: str) -> None:
        with lock:
            begun.append(job_id)

    swept = sweep_due_jobs(_in_first_segment(100), reconcile, has_time=lambda: len(begun) < 5, max_jobs=500)  # type: ignore[arg-type]
    assert swept.is_cut
    assert 5 <= len(begun) < 100


def test_no_job_waits_in_the_run_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the time left would be asked for long before the job is begun."""
    asked, early, may_end = 0, list[int](), threading.Event()

    def has_time() -> bool:
        nonlocal asked
        asked += 1
        if asked > WORKERS and not may_end.is_set():
            early.append(asked)
            may_end.set()
        return True

    def wait_for_one(*given: Any, **more: Any) -> Any:
        may_end.set()
        return wait(*given, **more)

    monkeypatch.setattr("reconcile.sweep.wait", wait_for_one)

    def until_then(_job_id: str) -> None:
        may_end.wait(60)

    swept = sweep_due_jobs(_in_first_segment(20), until_then, has_time=has_time, max_jobs=500)  # type: ignore[arg-type]
    assert (swept.jobs, early) == (20, [])
