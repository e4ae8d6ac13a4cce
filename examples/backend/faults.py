"""Faults to order: a backend that refuses, dawdles, stutters, shuffles and forgets, so that a service can be tried against one.

Off by default. What goes wrong comes from one seed: the n-th submit and the n-th job of a run meet the same fate in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from random import Random
from threading import Lock
from typing import Protocol


@dataclass(frozen=True)
class Switches:
    """Rates are shares from 0 to 1, `answer_delay` is in seconds, `duplicate` is how often each webhook is sent."""

    fail_rate: float = 0.0
    answer_delay: float = 0.0
    duplicate: int = 1
    reorder: bool = False
    drop_rate: float = 0.0
    seed: str | None = None


class Refused(Exception):
    """This submit was not taken, for no reason of its own."""


class Reports(Protocol):
    """What a job says to the service; `webhook.Reporter` is the one that really speaks."""

    def progress(self, status: str, progress: int, message: str) -> None: ...
    def completed(self, data: Mapping[str, object]) -> None: ...
    def failed(self, code: str, message: str) -> None: ...


class Faults:
    """One for the whole backend, safe to use from many threads."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._submits = Random(switches.seed)  # noqa: S311 - a rehearsal, not a secret
        self._salt = switches.seed or str(self._submits.random())
        self._jobs = count(1)
        self._lock = Lock()

    def refuse_some(self) -> None:
        """Before anything is remembered, so that a job asked again after this is new work. Raises Refused."""
        with self._lock:
            unlucky = self._submits.random() < self._switches.fail_rate
        if unlucky:
            raise Refused

    def answer_late(self, pause: Callable[[float], None]) -> None:
        """After the job was taken: whoever does not wait for the answer cannot know that it was."""
        if self._switches.answer_delay:
            pause(self._switches.answer_delay)

    def disturb(self, reports: Reports) -> Reports:
        """The reports of one job, as they get through; the same object while every switch is off."""
        with self._lock:
            number = next(self._jobs)
        if not (self._switches.reorder or self._switches.drop_rate or self._switches.duplicate > 1):
            return reports
        chance = Random(f"{self._salt} job {number}")  # noqa: S311
        return _Disturbed(reports, self._switches, chance)


class _Disturbed:
    """Loses whole reports, all copies of them, and repeats the others. To be shuffled, they are kept until the job has ended."""

    def __init__(self, reports: Reports, switches: Switches, chance: Random) -> None:
        self._reports, self._switches, self._chance = reports, switches, chance
        self._kept: list[Callable[[], None]] = []

    def progress(self, status: str, progress: int, message: str) -> None:
        self._meet(partial(self._reports.progress, status, progress, message), is_last=False)

    def completed(self, data: Mapping[str, object]) -> None:
        self._meet(partial(self._reports.completed, data), is_last=True)

    def failed(self, code: str, message: str) -> None:
        self._meet(partial(self._reports.failed, code, message), is_last=True)

    def _meet(self, report: Callable[[], None], *, is_last: bool) -> None:
        if self._chance.random() >= self._switches.drop_rate:
            self._kept += [report] * self._switches.duplicate
        if self._switches.reorder and not is_last:
            return
        if self._switches.reorder:
            self._chance.shuffle(self._kept)
        sending, self._kept = self._kept, []
        for send in sending:
            send()
