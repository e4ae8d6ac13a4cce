"""`make cost`: the tables of docs/cost.md, from DynamoDB's own account of a job and from what `make bench-warm` measured."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console

from benchmarks.cost.memory import SIZES, WAITS, chosen, sweep
from benchmarks.cost.model import Measured, measured_from, ours, tutorial
from benchmarks.prices import AS_OF, PER, REGION
from benchmarks.results import load, save
from tests.support.engines import JOBS, MINISTACK, NOTIFICATIONS, running
from tests.support.metering import Meter
from tests.support.one_job import one_job

_MONTH_SECONDS = 30 * 24 * 3600
_RATES = (1, 100, 10_000)


def main() -> int:
    try:
        warm = load("warm")
    except FileNotFoundError:
        print("Nothing was measured yet: `make bench-warm` first.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, running(MINISTACK, Path(folder)) as engine:
        steps = dict(one_job(engine.client, JOBS, NOTIFICATIONS))
    measured = measured_from(steps, warm)
    sizes = {name: chosen(name, measured.cpu_ms[name]) for name in WAITS}
    ways = {
        "live updates": ours(measured, sizes, live=True),
        "polling every 2 s": ours(measured, sizes, live=False),
        "as in tutorials": tutorial(measured),
    }
    save(
        "cost",
        {"prices": {"as_of": AS_OF, "region": REGION, **PER}, "memory": sizes, "dollars_per_job": ways, "sweep_ms": sweep(warm)},
    )
    out = Console(highlight=False)
    for line in (*_units(steps), "", *_jobs(ways), "", *_months(ways), "", *_sizes(warm, sizes, measured)):
        out.print(line, soft_wrap=True)
    return 0


def _units(steps: Mapping[str, Meter]) -> Iterator[str]:
    yield "| step | requests | write units | read units |"
    yield "|---|---|---|---|"
    total = 0.0
    for name, meter in steps.items():
        requests = ", ".join(call.removeprefix("dynamodb.") for call in meter.calls)
        writes = [one for one in meter.consumed if one.operation in {"PutItem", "UpdateItem"}]
        where = ", ".join(f"{place} {units:g}" for one in writes for place, units in one.units.items())
        reads = sum(one.total for one in meter.consumed if one not in writes)
        total += sum(one.total for one in writes)
        yield f"| {name} | {requests} | {where or '–'} | {reads or 0:g} |"
    yield f"| **the whole job** | | **{total:g}** | |"


def _jobs(ways: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    yield f"| dollars for a million jobs | {' | '.join(ways)} |"
    yield f"|---|{'---|' * len(ways)}"
    for item in next(iter(ways.values())):
        yield f"| {item} | {' | '.join(f'{way[item] * 1e6:.2f}' for way in ways.values())} |"
    yield f"| **together** | {' | '.join(f'**{sum(way.values()) * 1e6:.2f}**' for way in ways.values())} |"


def _months(ways: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    yield f"| dollars for a month of 30 days at | {' | '.join(ways)} |"
    yield f"|---|{'---|' * len(ways)}"
    for rate in _RATES:
        jobs = rate * _MONTH_SECONDS
        yield f"| {rate:,} jobs/s | {' | '.join(f'{sum(way.values()) * jobs:,.0f}' for way in ways.values())} |"


def _sizes(warm: Mapping[str, object], sizes: Mapping[str, int], measured: Measured) -> Iterator[str]:
    yield f"| milliseconds billed at | processor time | {' | '.join(f'{size} MB' for size in SIZES)} | chosen |"
    yield f"|---|---|{'---|' * len(SIZES)}---|"
    for name, billed in sweep(dict(warm)).items():
        row = " | ".join(f"{ms:.0f}" for ms in billed.values())
        yield f"| {name} | {measured.cpu_ms[name]:.1f} ms | {row} | {sizes[name]} MB |"


if __name__ == "__main__":
    raise SystemExit(main())
