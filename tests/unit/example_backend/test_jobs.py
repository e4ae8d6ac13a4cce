from collections import OrderedDict
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest

from examples.backend.jobs import JobBook, UnknownJob
from examples.backend.orders import Order, read_order


def order(job_id: str) -> Order:
    return read_order({"job_id": job_id, "prompt": "a cat", "webhook_url": "https://service.test/hook"}, None, "http://me/")


def test_a_job_is_started_once() -> None:
    book, started = JobBook(), list[str]()
    first = book.add_once(order("a"), "", started.append)
    assert book.add_once(order("a"), "", started.append) is first
    assert started == ["a"]


class MeetingPlace(OrderedDict[str, Any]):
    """Whoever looks a job up waits a moment for a second one to look as well."""

    def __init__(self) -> None:
        super().__init__()
        self._barrier = Barrier(2)

    def get(self, key: str, default: Any = None) -> Any:
        found = super().get(key, default)
        with suppress(BrokenBarrierError):
            self._barrier.wait(0.2)
        return found


def test_two_who_look_at_the_same_moment_start_one_job() -> None:
    book, started = JobBook(), list[str]()
    book._jobs = MeetingPlace()
    callers = [Thread(target=book.add_once, args=(order("a"), "", started.append)) for _ in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert started == ["a"]


def test_a_job_that_could_not_start_is_not_remembered() -> None:
    def refuse(_job_id: str) -> None:
        raise OverflowError

    book, started = JobBook(), list[str]()
    with pytest.raises(OverflowError):
        book.add_once(order("a"), "", refuse)
    book.add_once(order("a"), "", started.append)
    assert started == ["a"]


def test_the_oldest_is_forgotten_first() -> None:
    forgotten = list[str]()
    book = JobBook(limit=2, on_forget=forgotten.append)
    for job_id in "abc":
        book.add_once(order(job_id), "", lambda _job_id: None)
    assert forgotten == ["a"]
    with pytest.raises(UnknownJob):
        book.find("a")
    assert book.find("c").order.job_id == "c"


def test_progress_never_falls() -> None:
    book = JobBook()
    book.add_once(order("a"), "", lambda _job_id: None)
    book.note("a", "SAVING", "", 90)
    book.note("a", "GENERATING", "", 30)
    assert book.find("a").progress == 90
