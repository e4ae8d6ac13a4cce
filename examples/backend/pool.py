"""A few worker threads behind a bounded queue. Closing it, what is begun gets time to end and the rest is handed back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from queue import Empty, Full, Queue, ShutDown
from threading import Event, Lock, Thread
from typing import Protocol

_log = logging.getLogger(__name__)
_TIME_TO_STOP = 2.0  # for a worker whose pause was interrupted


class PoolFull(Exception):
    """Every worker is busy and the queue is full: ask again later."""


class Closing(Exception):
    """The process is ending: it takes no job, and drops the one it holds. The service will ask for it again."""


class Pool(Protocol):
    def submit(self, job_id: str) -> None: ...
    def pause(self, seconds: float) -> None: ...
    def close(self, patience: float) -> None: ...


type Deed = Callable[[str], None]
type StartPool = Callable[[Deed, Deed, int, int], Pool]


class WorkerPool:
    """`work` does a job, `hand_back` hears of each that is given up because the process ends.

    Daemon threads rather than ThreadPoolExecutor's, because the interpreter joins those at its end: a job of 30 seconds would
    hold up every Ctrl-C, under `flask run` too.
    """

    def __init__(self, work: Deed, hand_back: Deed, workers: int, queue_limit: int) -> None:
        self._work, self._hand_back = work, hand_back
        self._queue: Queue[str] = Queue(queue_limit)
        self._interrupted = Event()
        self._held: set[str] = set()
        self._lock = Lock()
        self._threads = [Thread(target=self._serve, name=f"worker-{number}", daemon=True) for number in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, job_id: str) -> None:
        """Never blocks. Raises PoolFull, or Closing."""
        try:
            self._queue.put_nowait(job_id)
        except Full as exc:
            raise PoolFull from exc
        except ShutDown as exc:
            raise Closing from exc

    def pause(self, seconds: float) -> None:
        """Sleep that the end of a closing pool's patience interrupts. Raises Closing."""
        if self._interrupted.wait(seconds):
            raise Closing

    def close(self, patience: float) -> None:
        """Hands back what waits, gives what is begun `patience` seconds to end, and hands back what has not by then."""
        self._queue.shutdown()
        self._empty_queue()
        self._join(patience)
        self._interrupted.set()
        self._join(_TIME_TO_STOP)
        with self._lock:
            stuck = list(self._held)
        for job_id in stuck:  # in a call that nothing can interrupt; the thread ends with the process
            self._hand_back(job_id)

    def _empty_queue(self) -> None:
        while True:
            try:
                job_id = self._queue.get_nowait()
            except (Empty, ShutDown):
                return
            self._hand_back(job_id)

    def _join(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _serve(self) -> None:
        while True:
            try:
                job_id = self._queue.get()
            except ShutDown:
                return
            self._hold(job_id)

    def _hold(self, job_id: str) -> None:
        with self._lock:
            self._held.add(job_id)
        try:
            self._work(job_id)
        except Closing:
            self._hand_back(job_id)
        except Exception:  # noqa: BLE001 - one broken job must not cost a worker
            _log.exception("job ended without a report", extra={"job_id": job_id})
        finally:
            with self._lock:
                self._held.discard(job_id)
