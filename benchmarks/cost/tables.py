"""The tables of docs/cost.md, as lines."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.cost.memory import SIZES, sweep
from tests.support.metering import Meter

MONTH_SECONDS: Final = 30 * 24 * 3600
RATES: Final = (1, 100, 10_000)


def units_table(steps: Mapping[str, Meter]) -> Iterator[str]:
    yield "| step | requests | write units | read units |"
    yield "|---|---|---|---|"
    total = 0.0
    for name, meter in steps.items():
        requests = ", ".join(call.removeprefix("dynamodb.") for call in meter.calls)
        writes = [one for one in meter.consumed if one.operation in {"PutItem", "UpdateItem"}]
        where = ", ".join(f"{place} {units:g}" for one in writes for place, units in sorted(one.units.items(), key=_table_first))
        reads = sum(one.total for one in meter.consumed if one not in writes)
        total += sum(one.total for one in writes)
        yield f"| {name} | {requests} | {where or '–'} | {reads or 0:g} |"
    yield f"| **the whole job** | | **{total:g}** | |"


def _table_first(units: tuple[str, float]) -> tuple[bool, str]:
    """Engines name the indexes in orders of their own."""
    return units[0] != "table", units[0]


def jobs_table(ways: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    yield f"| dollars for a million jobs | {' | '.join(ways)} |"
    yield f"|---|{'---|' * len(ways)}"
    for item in next(iter(ways.values())):
        yield f"| {item} | {' | '.join(f'{way[item] * 1e6:.2f}' for way in ways.values())} |"
    yield f"| **together** | {' | '.join(f'**{sum(way.values()) * 1e6:.2f}**' for way in ways.values())} |"


def months_table(ways: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    yield f"| dollars for a month of 30 days at | {' | '.join(ways)} |"
    yield f"|---|{'---|' * len(ways)}"
    for rate in RATES:
        jobs = rate * MONTH_SECONDS
        yield f"| {rate:,} jobs/s | {' | '.join(f'{sum(way.values()) * jobs:,.0f}' for way in ways.values())} |"


def sizes_table(warm: Mapping[str, Any], sizes: Mapping[str, int]) -> Iterator[str]:
    yield f"| milliseconds billed at | processor time | {' | '.join(f'{size} MB' for size in SIZES)} | chosen |"
    yield f"|---|---|{'---|' * len(SIZES)}---|"
    for name, billed in sweep(dict(warm)).items():
        row = " | ".join(f"{ms:.0f}" for ms in billed.values())
        yield f"| {name} | {warm['functions'][name]['ours']['cpu_ms']:.1f} ms | {row} | {sizes[name]} MB |"
