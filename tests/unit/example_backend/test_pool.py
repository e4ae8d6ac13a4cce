from collections.abc import Callable
from threading import Event

import pytest

from examples.backend.pool import Closing, PoolFull, WorkerPool

PATIENCE = 60.0


def pool_of(work: Callable[[str], None], handed_back: list[str] | None = None, *, queue_limit: int = 10) -> WorkerPool:
    """With one worker; `handed_back` collects what is given up."""
    given_up = [] if handed_back is None else handed_back
    return WorkerPool(work, given_up.append, workers=1, queue_limit=queue_limit)


def test_jobs_are_worked_off_in_order() -> None:
    done, finished = list[str](), Event()

    def work(job_id: str) -> None:
        done.append(job_id)
        if job_id == "c":
            finished.set()

    pool = pool_of(work)
    for job_id in "abc":
        pool.submit(job_id)
    assert finished.wait(PATIENCE)
    pool.close(PATIENCE)
    assert done == ["a", "b", "c"]


def test_a_full_queue_refuses() -> None:
    busy, release = Event(), Event()

    def work(_job_id: str) -> None:
        busy.set()
        release.wait(PATIENCE)

    pool = pool_of(work, queue_limit=1)
    pool.submit("working")
    assert busy.wait(PATIENCE)
    pool.submit("waiting")
    with pytest.raises(PoolFull):
        pool.submit("too many")
    release.set()
    pool.close(PATIENCE)


def test_a_broken_job_costs_no_worker() -> None:
    survived = Event()

    def work(job_id: str) -> None:
        if job_id == "broken":
            raise ZeroDivisionError
        survived.set()

    pool = pool_of(work)
    pool.submit("broken")
    pool.submit("sound")
    assert survived.wait(PATIENCE)
    pool.close(PATIENCE)


def test_a_closing_pool_hands_back_what_waits_at_once_and_lets_what_is_begun_end() -> None:
    begun, release, told = Event(), Event(), list[str]()

    def work(job_id: str) -> None:
        begun.set()
        release.wait(PATIENCE)
        told.append(f"{job_id} is done")

    def hand_back(job_id: str) -> None:
        told.append(f"{job_id} is handed back")
        release.set()

    pool = WorkerPool(work, hand_back, workers=1, queue_limit=10)
    pool.submit("one")
    assert begun.wait(PATIENCE)
    pool.submit("two")
    pool.close(2 * PATIENCE)
    assert told == ["two is handed back", "one is done"]
    with pytest.raises(Closing):
        pool.submit("three")


def test_out_of_patience_a_long_pause_is_interrupted_and_its_job_handed_back_once() -> None:
    pausing, handed_back = Event(), list[str]()

    def work(_job_id: str) -> None:
        pausing.set()
        pool.pause(3600)

    pool = pool_of(work, handed_back)
    pool.submit("slow")
    assert pausing.wait(PATIENCE)
    pool.close(0)
    assert handed_back == ["slow"]


def test_what_nothing_can_interrupt_is_handed_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examples.backend.pool._TIME_TO_STOP", 0.0)
    stuck, release, handed_back = Event(), Event(), list[str]()

    def work(_job_id: str) -> None:
        stuck.set()
        release.wait(PATIENCE)

    pool = pool_of(work, handed_back)
    pool.submit("stuck")
    assert stuck.wait(PATIENCE)
    pool.close(0)
    assert handed_back == ["stuck"]
    release.set()
