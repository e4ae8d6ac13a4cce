from threading import Event

import pytest

from examples.backend.pool import Closing, PoolFull, WorkerPool

PATIENCE = 10.0


def test_jobs_are_worked_off_in_order() -> None:
    done, finished = list[str](), Event()

    def work(job_id: str) -> None:
        done.append(job_id)
        if job_id == "c":
            finished.set()

    pool = WorkerPool(work, workers=1, queue_limit=10)
    for job_id in "abc":
        pool.submit(job_id)
    assert finished.wait(PATIENCE)
    pool.close()
    assert done == ["a", "b", "c"]


def test_a_full_queue_refuses() -> None:
    busy, release = Event(), Event()

    def work(_job_id: str) -> None:
        busy.set()
        release.wait(PATIENCE)

    pool = WorkerPool(work, workers=1, queue_limit=1)
    pool.submit("working")
    assert busy.wait(PATIENCE)
    pool.submit("waiting")
    with pytest.raises(PoolFull):
        pool.submit("too many")
    release.set()
    pool.close()


def test_a_broken_job_costs_no_worker() -> None:
    survived = Event()

    def work(job_id: str) -> None:
        if job_id == "broken":
            raise ZeroDivisionError
        survived.set()

    pool = WorkerPool(work, workers=1, queue_limit=2)
    pool.submit("broken")
    pool.submit("sound")
    assert survived.wait(PATIENCE)
    pool.close()


def test_closing_interrupts_a_long_pause() -> None:
    pausing, dropped = Event(), Event()

    def work(_job_id: str) -> None:
        pausing.set()
        try:
            pool.pause(3600)
        except Closing:
            dropped.set()
            raise

    pool = WorkerPool(work, workers=1, queue_limit=1)
    pool.submit("slow")
    assert pausing.wait(PATIENCE)
    pool.close(PATIENCE)
    assert dropped.is_set()
