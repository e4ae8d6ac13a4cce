"""A stream and the function that reads it, simulated: records arrive by chance, lanes take them in batches, ages are noted.

Records are spread by job id over shards, and within a shard over the batches that may run at once, so every lane is like every
other; a few of them are simulated, each with its share, and the sums scaled up.
"""

import math
import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from benchmarks.scale.limits import limit

_STEP: Final = 1 / limit("polls")
_LATE: Final = 2.0  # seconds: so old may the oldest record be without anything being behind
_MANY: Final = 10**9  # a binomial of so many trials is a Poisson


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Records a second, for so many seconds; `burst`: from, to, and how many times as much; `outage`: nobody reads in between."""

    rate: float
    seconds: float
    burst: tuple[float, float, float] = (0.0, 0.0, 1.0)
    outage: tuple[float, float] = (0.0, 0.0)

    def rate_at(self, now: float) -> float:
        begin, end, factor = self.burst
        return self.rate * factor if begin <= now < end else self.rate

    def is_out(self, now: float) -> bool:
        return self.outage[0] <= now < self.outage[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """`count` batches at once, each of up to `batch` records, worked on for `seconds(records)`."""

    count: int
    batch: int
    seconds: Callable[[int], float]

    @property
    def most(self) -> float:
        """Records a second that all lanes together deal with, at best."""
        return self.count * self.batch / self.seconds(self.batch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of a load. Ages in seconds: of the oldest record that waits, every half minute and at most."""

    arrived: float
    done: float
    waiting: float
    invocations: float
    busy: float  # share of the lanes' time
    ages: tuple[float, ...]
    oldest: float
    delay_p50: float  # from the change to the end of its batch
    delay_p99: float
    caught_up: float | None  # seconds after the outage, or after a burst's begin, until nothing waits for two seconds


@dataclass(slots=True)
class _Book:
    """What was seen so far, in all simulated lanes. `ages`: of the oldest waiting record of any lane, by step."""

    ages: list[float]
    delays: list[tuple[float, int]] = field(default_factory=list)
    arrived: int = 0
    done: int = 0
    waiting: int = 0
    invocations: int = 0
    busy: float = 0.0


def run(lanes: Lanes, load: Load, *, seed: int, sample: int = 8) -> Course:
    """The same seed gives the same course."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    simulated = min(lanes.count, sample)
    book = _Book(ages=[0.0] * round(load.seconds / _STEP))
    for _ in range(simulated):
        _follow_lane(lanes, load, book, chance)
    scale = lanes.count / simulated
    p50, p99 = _percentiles(book.delays, (0.5, 0.99))
    return Course(
        arrived=book.arrived * scale,
        done=book.done * scale,
        waiting=book.waiting * scale,
        invocations=book.invocations * scale,
        busy=book.busy / (simulated * load.seconds),
        ages=tuple(book.ages[:: round(30 / _STEP)]),
        oldest=max(book.ages),
        delay_p50=p50,
        delay_p99=p99,
        caught_up=_caught_up(book.ages, load),
    )


def _follow_lane(lanes: Lanes, load: Load, book: _Book, chance: random.Random) -> None:
    waiting: deque[tuple[float, int]] = deque()
    free_at = 0.0
    for step in range(len(book.ages)):
        began, now = step * _STEP, (step + 1) * _STEP
        if arrived := chance.binomialvariate(_MANY, load.rate_at(began) * _STEP / lanes.count / _MANY):
            waiting.append((began + _STEP / 2, arrived))
            book.arrived += arrived
        free_at = max(free_at, now)
        while waiting and free_at < now + _STEP and not load.is_out(now):
            free_at = _work(lanes, waiting, free_at, load.seconds, book)
        if waiting:
            book.ages[step] = max(book.ages[step], now - waiting[0][0])
    book.waiting += sum(number for _, number in waiting)


def _work(lanes: Lanes, waiting: deque[tuple[float, int]], begin: float, end: float, book: _Book) -> float:
    """Takes a batch. Returns when it is done; of the lane's time only what lies before the simulation's end counts."""
    taken = list(_taken(waiting, lanes.batch))
    records = sum(number for _, number in taken)
    done_at = begin + lanes.seconds(records)
    book.busy += max(0.0, min(done_at, end) - begin)
    book.done += records
    book.invocations += 1
    book.delays.extend((done_at - at, number) for at, number in taken)
    return done_at


def _taken(waiting: deque[tuple[float, int]], most: int) -> Iterable[tuple[float, int]]:
    while waiting and most:
        at, number = waiting.popleft()
        if number > most:
            waiting.appendleft((at, number - most))
        number = min(number, most)
        most -= number
        yield at, number


def _percentiles(delays: list[tuple[float, int]], shares: tuple[float, float]) -> tuple[float, float]:
    total = sum(number for _, number in delays)
    if not total:
        return math.inf, math.inf
    found: list[float] = []
    seen = 0
    for delay, number in sorted(delays):
        seen += number
        while len(found) < len(shares) and seen >= shares[len(found)] * total:
            found.append(delay)
    return found[0], found[1]


def _caught_up(ages: list[float], load: Load) -> float | None:
    since = load.outage[1] or load.burst[0]
    first = round(since / _STEP)
    late = [step for step in range(first, len(ages)) if ages[step] > _LATE]
    if late and late[-1] == len(ages) - 1:
        return None
    return (late[-1] + 1 - first) * _STEP if late else 0.0
