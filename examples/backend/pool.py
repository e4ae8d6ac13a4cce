"""A few worker threads behind a bounded queue, which a closing process does not wait for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from queue import Full, Queue, ShutDown
from threading import Event, Thread
from typing import Protocol

_log = logging.getLogger(__name__)


class PoolFull(Exception):
    """Every worker is busy and the queue is full: ask again later."""


class Closing(Exception):
    """The process is ending: drop what you hold, the service will ask for it again."""


class Pool(Protocol):
    def submit(self, job_id: str) -> None: ...
    def pause(self, seconds: float) -> None: ...
    def close(self) -> None: ...


type StartPool = Callable[[Callable[[str], None], int, int], Pool]


class WorkerPool:
    """Daemon threads rather than ThreadPoolExecutor's, because the interpreter joins those at its end:
    a job of 30 seconds would hold up every Ctrl-C, under `flask run` too."""

    def __init__(self, work: Callable[[str], None], workers: int, queue_limit: int) -> None:
        self._work = work
        self._queue: Queue[str] = Queue(queue_limit)
        self._closing = Event()
        self._threads = [Thread(target=self._serve, name=f"worker-{number}", daemon=True) for number in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, job_id: str) -> None:
        """Never blocks. Raises PoolFull."""
        try:
            self._queue.put_nowait(job_id)
        except Full as exc:
            raise PoolFull from exc

    def pause(self, seconds: float) -> None:
        """Sleep that a closing pool interrupts. Raises Closing."""
        if self._closing.wait(seconds):
            raise Closing

    def close(self, patience: float = 2.0) -> None:
        """Interrupts every pause and waits for the threads, `patience` seconds at most for all of them."""
        self._closing.set()
        self._queue.shutdown(immediate=True)
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _serve(self) -> None:
        while True:
            try:
                job_id = self._queue.get()
            except ShutDown:
                return
            try:
                self._work(job_id)
            except Closing:
                _log.info("job dropped: the process is ending", extra={"job_id": job_id})
            except Exception:  # noqa: BLE001 - one broken job must not cost a worker
                _log.exception("job ended without a report", extra={"job_id": job_id})
