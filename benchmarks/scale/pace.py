"""How long an invocation takes, from processor time as `make bench-warm` measured it and from assumed waits (docs/cost.md).

Nothing here was measured on AWS. `slower` multiplies every time, so that a reader who has measured can put in what they found.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.cost.memory import WHOLE_PROCESSOR_MB, billed_ms
from benchmarks.cost.model import CHANGES

READ_MS: Final = 4.0
WRITE_MS: Final = 6.0
PUBLISH_MS: Final = 15.0
PUSH_MS: Final = 10.0  # to a connection
BACKEND_MS: Final = 100.0  # until a backend has answered
COPY_MS: Final = 500.0  # an image from the backend's host into the bucket
CONNECT_LIMIT_MS: Final = 2000.0  # what a backend that is gone costs (sorami.backend)
_PUSHES_AT_ONCE: Final = 16  # notify.pushing
_NOTIFY_CALLS: Final = 3  # of the measured record, an outcome: put, publish, look for connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`cpu_ms`: a call's processor time by function, as `make bench-warm` measured it."""

    cpu_ms: Mapping[str, float]
    slower: float = 1.0

    def call(self, function: str, memory: int) -> float:
        """Seconds of generate, webhook or query (status)."""
        return self.slower * billed_ms(function, self.cpu_ms[function], memory) / 1000

    def notify(self, records: int, memory: int, *, connected: bool) -> float:
        """Seconds of a batch of that many records, of different users, of which one in five is an outcome.

        Each request costs a third of the processor time of the measured record, which makes three; records are dealt with one
        after the other, pushes sixteen at a time.
        """
        outcomes = records / CHANGES
        messages = records + outcomes if connected else 0.0
        counts = outcomes if connected else 0.0  # of unread notifications, for who is connected
        calls = records + outcomes * (_NOTIFY_CALLS - 1) + counts + messages
        waits = records * READ_MS + outcomes * (WRITE_MS + PUBLISH_MS) + counts * READ_MS
        waits += math.ceil(messages / _PUSHES_AT_ONCE) * PUSH_MS
        return self._seconds(waits, calls * self.cpu_ms["notify"] / _NOTIFY_CALLS, memory)

    def ingest(self, records: int, images: int) -> float:
        """Seconds of copying; its processor time was not measured and is small beside the transfer."""
        return self.slower * records * (READ_MS + images * COPY_MS + WRITE_MS) / 1000

    def looks_per_second(self, workers: int, memory: int, *, backend_answers: bool) -> float:
        """Jobs that a run of reconcile looks after in a second: its threads wait side by side and share one processor.

        A look at a silent job reads, claims, asks the backend and submits again. For processor time stands what generate takes,
        which writes, presigns and asks a backend as well, and a report's for the claim.
        """
        processor = (self.cpu_ms["generate"] + self.cpu_ms["webhook"]) / 1000 / _share(memory)
        asked = 2 * BACKEND_MS if backend_answers else CONNECT_LIMIT_MS
        waits = (READ_MS + WRITE_MS + asked) / 1000
        return min(workers / (waits + processor), 1 / processor) / self.slower

    def _seconds(self, waits_ms: float, cpu_ms: float, memory: int) -> float:
        return self.slower * (waits_ms + cpu_ms / _share(memory)) / 1000


def _share(memory: int) -> float:
    return min(1.0, memory / WHOLE_PROCESSOR_MB)
