"""Whether the gateway of live connections seems to be away, judged by what becomes of pushes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

_FAILURES: Final = 16
"""So many failures in a batch, and fewer successes, are the gateway's trouble and not the connections'."""
PAUSE: Final = timedelta(seconds=30)
"""So long no push is tried then: each would hold up the next batch, and thereby its feed and topic, until it times out."""


class Outage:
    """A worker's memory of it, shared by the threads that push."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._sent = self._failed = 0
        self._ends: datetime | None = None

    def begin_batch(self) -> None:
        with self._lock:
            self._sent = self._failed = 0

    def note(self, *, sent: bool) -> None:
        with self._lock:
            self._sent += sent
            self._failed += not sent
            if self._failed >= _FAILURES and self._failed > self._sent:
                self._ends = self._clock() + PAUSE

    @property
    def is_likely(self) -> bool:
        return self._ends is not None and self._clock() < self._ends
