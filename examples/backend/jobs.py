"""What this backend remembers: the newest jobs, in memory, safe to use from many threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from .orders import Order
from .times import now_text

OPEN = frozenset({"PENDING", "INITIALIZING", "GENERATING", "SAVING"})


@dataclass(frozen=True)
class Job:
    order: Order
    status: str
    progress: int
    message: str
    created_at: str
    updated_at: str
    error_code: str | None = None
    result: dict[str, Any] | None = None


class UnknownJob(LookupError):
    """Never accepted here, or so long ago that it is forgotten."""


class JobBook:
    """At most `limit` jobs; the oldest is forgotten first, and `on_forget` hears its id."""

    def __init__(self, limit: int = 10_000, on_forget: Callable[[str], None] = lambda _job_id: None) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = Lock()
        self._limit, self._on_forget = limit, on_forget

    def add_once(self, order: Order, message: str, start: Callable[[str], None]) -> Job:
        """The job of that id, begun by `start` only if it is new; when `start` raises, nothing is remembered."""
        with self._lock:
            if known := self._jobs.get(order.job_id):
                return known
            now = now_text()
            job = self._jobs[order.job_id] = Job(order, "PENDING", 0, message, now, now)
            try:
                start(order.job_id)
            except BaseException:
                del self._jobs[order.job_id]
                raise
            forgotten = [self._jobs.popitem(last=False)[0] for _ in range(len(self._jobs) - self._limit)]
        for job_id in forgotten:
            self._on_forget(job_id)
        return job

    def forget(self, job_id: str) -> None:
        with self._lock:
            self._jobs.pop(job_id, None)
        self._on_forget(job_id)

    def find(self, job_id: str) -> Job:
        """Raises UnknownJob."""
        with self._lock:
            if job := self._jobs.get(job_id):
                return job
        raise UnknownJob(job_id)

    def note(self, job_id: str, status: str, message: str, progress: int | None = None, **more: Any) -> None:
        """Progress stays where it is when None is given. A forgotten job is no error: its work still ends properly."""
        with self._lock:
            if job := self._jobs.get(job_id):
                reached = job.progress if progress is None else max(job.progress, progress)
                self._jobs[job_id] = replace(job, status=status, message=message, progress=reached, updated_at=now_text(), **more)
