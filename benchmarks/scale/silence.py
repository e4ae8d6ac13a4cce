"""Jobs that a backend's outage left behind, and reconcile's runs over them, simulated with reconcile's own rules of patience.

During the outage every new job is recorded, asked for in vain and due after the first look's time. Healthy jobs are left
out: those that end within that time are never due. Where there are very many, one in `thinned` is simulated, and a run takes
that share of what it can.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

from benchmarks.scale.deployment import Sweeps
from reconcile.patience import Patience, watched_since
from sorami.jobs import Job, Order, State

_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ORDER: Final = Order(
    prompt="…", num_images=1, size="1024x1024", format="PNG", style="photorealistic", quality="standard", input_image_url=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """`rate` jobs a second for `seconds`; then everything is well. `down`, `up`: looks a second of a run, while and after."""

    rate: float
    seconds: float
    down: float
    up: float
    thinned: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """`backlog`: open jobs of the outage at each whole minute. Delays: seconds from the outage's end to the new submit."""

    jobs: float
    submitted: float
    failed: float
    open: float
    backlog: tuple[float, ...]
    delay_p50: float | None
    delay_max: float | None

    @property
    def minutes(self) -> int | None:
        """Until none was open any more, from the beginning; None if some still were."""
        return next((minute for minute, number in enumerate(self.backlog) if minute and not number), None)


def run(sweeps: Sweeps, patience: Patience, outage: Outage, *, hours: float, seed: int) -> Aftermath:
    """Jobs lie in the index in the order of their keys' hashes, in segments, and a run takes them as they lie."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    segments: list[list[Job]] = [[] for _ in range(sweeps.segments)]
    coming = sorted(_created(outage, chance), reverse=True)
    submitted, failed, backlog, delays = 0, 0, list[float](), list[float]()
    for number in range(int(hours * 3600 / sweeps.every)):
        at = number * sweeps.every
        while coming and coming[-1] < at:
            segment = chance.choice(segments)
            segment.insert(chance.randrange(len(segment) + 1), _job(coming.pop(), patience))
        now, is_down = _BEGIN + timedelta(seconds=at), at < outage.seconds
        for segment, place in _looked_at(segments, now, _most(sweeps, outage, is_down=is_down), chance):
            after = _after_look(segment[place], patience, now, is_down=is_down)
            if after is None:
                delays.append(at - outage.seconds)
            submitted, failed = submitted + (after is None), failed + (after is State.FAILED)
            segment[place] = after if isinstance(after, Job) else _GONE
        segments = [[job for job in segment if job is not _GONE] for segment in segments]
        backlog.append(sum(map(len, segments)) * float(outage.thinned))
    left = sum(map(len, segments))
    return Aftermath(
        jobs=float((submitted + failed + left + len(coming)) * outage.thinned),
        submitted=float(submitted * outage.thinned),
        failed=float(failed * outage.thinned),
        open=float((left + len(coming)) * outage.thinned),
        backlog=tuple(backlog),
        delay_p50=median(delays) if delays else None,
        delay_max=max(delays, default=None),
    )


def _created(outage: Outage, chance: random.Random) -> Iterator[float]:
    at = chance.expovariate(outage.rate / outage.thinned)
    while at < outage.seconds:
        yield at
        at += chance.expovariate(outage.rate / outage.thinned)


def _job(at: float, patience: Patience) -> Job:
    created = _BEGIN + timedelta(seconds=at)
    return Job(
        job_id="",
        user_id="",
        org_id=None,
        order=_ORDER,
        state=State.PENDING,
        progress=0,
        message="",
        created_at=created,
        updated_at=created,
        due_at=created + patience.first_look,
    )


_GONE: Final = _job(0.0, Patience(first_look=timedelta(1), silence=timedelta(1), deadline=timedelta(1), longest=timedelta(1)))


def _most(sweeps: Sweeps, outage: Outage, *, is_down: bool) -> int:
    able = sweeps.window * (outage.down if is_down else outage.up)
    return max(1, round(min(sweeps.most, able) / outage.thinned))


def _looked_at(segments: list[list[Job]], now: datetime, most: int, chance: random.Random) -> Iterator[tuple[list[Job], int]]:
    """Segment after segment, in another order each time (reconcile.sweep)."""
    for segment in chance.sample(segments, len(segments)):
        for place, job in enumerate(segment):
            if job.due_at is not None and job.due_at <= now:
                if not most:
                    return
                most -= 1
                yield segment, place


def _after_look(job: Job, patience: Patience, now: datetime, *, is_down: bool) -> Job | State | None:
    """The job as it waits on, FAILED if waiting is over, or None if the backend has it now."""
    claimed = replace(job, due_at=patience.next_look(job, now), watched_since=watched_since(job, now), looks=job.looks + 1)
    if patience.is_over(claimed, now):
        return State.FAILED
    return claimed if is_down else None
