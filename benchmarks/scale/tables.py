"""The tables of docs/scale.md, as lines."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from benchmarks.scale.limits import AS_OF, LIMITS
from benchmarks.scale.reach import Reach
from benchmarks.tables import RATES

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_FEW: Final = 0.01


def limits_table(_found: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Of AWS's limits alone."""
    yield f"| as of {AS_OF} | limit | moved by | page | read |"
    yield "|---|---|---|---|---|"
    for one in LIMITS.values():
        page = one.page.removeprefix("https://").partition("/")[2]
        yield f"| {one.what} | {one.value:,.0f} | {one.moves} | [{page.rpartition('/')[2]}]({one.page}) | {one.read} |"


def reach_table(reaches: Sequence[Reach]) -> Iterator[str]:
    """How much of each limit is used, as many times the limit where it is exceeded."""
    yield f"| limit | counts when | jobs/s | {' | '.join(f'at {rate:,}' for rate in RATES)} | moved by |"
    yield f"|---|---|---|{'---|' * len(RATES)}---|"
    for one in reaches:
        used = " | ".join(_share(rate / one.jobs) for rate in RATES)
        yield f"| {one.what} | {one.when or 'always'} | {one.jobs:,.0f} | {used} | {one.moves} |"


def stream_table(trials: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield (
        "| jobs/s | arrangement | lanes | most jobs/s | delay p50, p99 | behind after an hour | a minute at 5 times: behind, "
        "over after | ten minutes' outage: over after |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for one in trials:
        steady, burst, outage = (one["notify"][name] for name in ("steady", "burst", "outage"))
        cells = [
            f"{one['jobs_per_second']:,}",
            one["setup"],
            f"{one['lanes']:,}",
            f"{one['most_jobs_per_second']:,.0f}",
            _delays(steady),
            _behind(steady, one["notify"]["patience_s"]),
            f"{span(burst['oldest_s'])}, {span(burst['caught_up_s'])}",
            span(outage["caught_up_s"]),
        ]
        yield f"| {' | '.join(cells)} |"


def ingest_table(trials: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| jobs/s | arrangement | most jobs/s | delay p50, p99 | behind after an hour |"
    yield "|---|---|---|---|---|"
    for one in trials:
        copies = one["ingest"]
        most = f"{copies['most_jobs_per_second']:,.0f}"
        behind = _behind(copies, copies["patience_s"])
        yield f"| {one['jobs_per_second']:,} | {one['setup']} | {most} | {_delays(copies)} | {behind} |"


def silence_table(trials: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield (
        "| jobs/s | arrangement | looks a minute | jobs of the outage | asked for again | failed | wait after it: p50, longest "
        "| none open after |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for one in trials:
        minutes = one["minutes_until_none_is_open"]
        cells = [
            f"{one['jobs_per_second']:,}",
            one["setup"],
            f"{one['looks_per_minute']:,.0f}",
            f"{one['jobs']:,.0f}",
            f"{one['submitted']:,.0f}",
            f"{one['failed']:,.0f}",
            f"{span(one['delay_p50_s'])}, {span(one['delay_max_s'])}",
            span(None if minutes is None else minutes * _MINUTE),
        ]
        yield f"| {' | '.join(cells)} |"


def _delays(course: Mapping[str, Any]) -> str:
    """A delay says nothing of a course that is behind at its end: the next hour's is longer."""
    if course["waiting"] > course["arrived"] * _FEW:
        return "grows"
    return f"{span(course['delay_p50_s'])}, {span(course['delay_p99_s'])}"


def _behind(course: Mapping[str, Any], patience: float) -> str:
    """How old the oldest record is after an hour, and when the first is given up."""
    if course["waiting"] <= course["arrived"] * _FEW:
        return "–"
    return f"{span(course['oldest_s'])}; gives up records after {given_up_after(course, patience)}"


def given_up_after(course: Mapping[str, Any], patience: float) -> str:
    """When the first record is given up, at the pace at which the hour of this course fell behind."""
    return span(patience / course["oldest_s"] * _HOUR)


def _share(used: float) -> str:
    return f"**{used:,.1f}×**" if used > 1 else f"{used:.{0 if used >= _FEW else 2}%}"


def span(seconds: float | None) -> str:
    """`None` is a time that the simulation did not reach."""
    if seconds is None:
        return "never seen"
    for name, size in (("d", 24 * _HOUR), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.1f} s"
