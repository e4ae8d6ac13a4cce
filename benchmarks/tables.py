"""The tables of docs/performance.md and docs/cost.md, out of what was measured: JSON in, lines of Markdown out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

BARE: Final = "bare DynamoDB client"
FASTAPI: Final = "FastAPI + Mangum"

COLD_AIMS: Final = {"generate": 1.25, "webhook": 1.12, "notify": 0.92, "query": 0.95, "reconcile": 1.20}
"""At most, against the bare client."""

DEFAULT_AIM: Final = 0.33
"""At most, against the default build."""

WARM_AIM: Final = 1.25

_SIZES: Final = ("peak", "unzipped", "zipped")
_MONTH_SECONDS: Final = 30 * 24 * 3600
RATES: Final = (1, 100, 10_000)
"""Jobs a second."""


def default_build(name: str) -> str:
    return f"{name}, default build"


def cold(found: Mapping[str, Any]) -> Iterator[str]:
    bundles = found["bundles"]
    yield _head("", "ready, median (quartiles)", "to the bare client", "in processor time", "to the default build", *_SIZES)
    yield f"|{'---|' * 8}"
    for name in (BARE, *functions_of(bundles), FASTAPI):
        one = bundles[name]
        default = _ratio(bundles, name, default_build(name)) if default_build(name) in bundles else "–"
        low, high = one["quartiles_ms"]
        yield (
            f"| {name} | {one['ready_ms']:.0f} ms ({low:.0f}–{high:.0f}) | {_ratio(bundles, name, BARE)} "
            f"| {_ratio(bundles, name, BARE, 'cpu_ms')} | {default} | {one['peak_mb']:.0f} MB "
            f"| {one['unzipped_bytes'] / 1e6:.1f} MB | {one['zipped_bytes'] / 1e6:.1f} MB |"
        )
    yield ""
    fastapi = _ratio(bundles, "generate", FASTAPI), _ratio(bundles, "generate", FASTAPI, "cpu_ms")
    yield f"generate against FastAPI + Mangum: {fastapi[0]}, in processor time {fastapi[1]}"


def cold_aims(found: Mapping[str, Any]) -> Iterator[str]:
    bundles = found["bundles"]
    yield f"| function | aim, to the bare client | measured | in processor time | to the default build (aim {DEFAULT_AIM}×) |"
    yield "|---|---|---|---|---|"
    for name, aim in COLD_AIMS.items():
        ready, processor = _ratio(bundles, name, BARE), _ratio(bundles, name, BARE, "cpu_ms")
        yield f"| {name} | {aim:.2f}× | {ready} | {processor} | {_ratio(bundles, name, default_build(name))} |"


def _head(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def functions_of(bundles: Mapping[str, Any]) -> list[str]:
    return [name for name in bundles if default_build(name) in bundles]


def _ratio(bundles: Mapping[str, Any], name: str, other: str, measure: str = "ready_ms") -> str:
    return f"{bundles[name][measure] / bundles[other][measure]:.2f}×"


def warm(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| | handler p50 | p99 | bare calls p50 | p99 | p50, ratio | processor time of the handler | of the bare calls |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, one in found["functions"].items():
        ours, bare = one["ours"], one["bare"]
        yield (
            f"| {name} | {ours['p50_ms']:.2f} ms | {ours['p99_ms']:.2f} ms | {bare['p50_ms']:.2f} ms | {bare['p99_ms']:.2f} ms "
            f"| {ours['p50_ms'] / bare['p50_ms']:.2f}× | {ours['cpu_ms']:.2f} ms | {bare['cpu_ms']:.2f} ms |"
        )


def units(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| step | requests | write units | read units |"
    yield "|---|---|---|---|"
    for name, step in found["steps"].items():
        where = ", ".join(f"{place} {number:g}" for place, number in step["writes"])
        yield f"| {name} | {', '.join(step['requests'])} | {where or '–'} | {step['reads']:g} |"
    total = sum(number for step in found["steps"].values() for _, number in step["writes"])
    yield f"| **the whole job** | | **{total:g}** | |"


def jobs(found: Mapping[str, Any]) -> Iterator[str]:
    ways = found["dollars_per_job"]
    yield f"| dollars for a million jobs | {' | '.join(ways)} |"
    yield f"|---|{'---|' * len(ways)}"
    for item in next(iter(ways.values())):
        yield f"| {item} | {' | '.join(f'{way[item] * 1e6:.2f}' for way in ways.values())} |"
    yield f"| **together** | {' | '.join(f'**{sum(way.values()) * 1e6:.2f}**' for way in ways.values())} |"


def months(found: Mapping[str, Any]) -> Iterator[str]:
    ways = found["dollars_per_job"]
    yield f"| dollars for a month of 30 days at | {' | '.join(ways)} |"
    yield f"|---|{'---|' * len(ways)}"
    for rate in RATES:
        number = rate * _MONTH_SECONDS
        yield f"| {rate:,} jobs/s | {' | '.join(f'{sum(way.values()) * number:,.0f}' for way in ways.values())} |"


def a_million(found: Mapping[str, Any], way: str = "live updates", digits: int = 2) -> str:
    """Jobs, in dollars."""
    return f"${sum(found['dollars_per_job'][way].values()) * 1e6:,.{digits}f}"


def a_month(found: Mapping[str, Any], rate: int) -> str:
    """Of that many jobs a second, in dollars, with live updates."""
    return f"${sum(found['dollars_per_job']['live updates'].values()) * rate * _MONTH_SECONDS:,.0f}"


def share(found: Mapping[str, Any], item: str) -> str:
    """Of a line item in the price of a job, with live updates."""
    job = found["dollars_per_job"]["live updates"]
    return f"{job[item] / sum(job.values()):.0%}"


def log_of_a_job(found: Mapping[str, Any]) -> str:
    """What it is paid for, with live updates."""
    return f"{_log_bytes(found) / 1e3:.0f} KB"


def logs(found: Mapping[str, Any], rate: int, minutes: int) -> str:
    """Of that many jobs a second, for so many minutes."""
    return f"{_log_bytes(found) * rate * minutes * 60 / 1e9:.0f} GB"


def _log_bytes(found: Mapping[str, Any]) -> float:
    return float(found["dollars_per_job"]["live updates"]["Logs"] / found["prices"]["log_gb"] * 1e9)


def memory(found: Mapping[str, Any]) -> Iterator[str]:
    sizes = next(iter(found["sweep_ms"].values()))
    yield f"| milliseconds billed at | processor time | {' | '.join(f'{size} MB' for size in sizes)} | chosen |"
    yield f"|---|---|{'---|' * len(sizes)}---|"
    for name, billed in found["sweep_ms"].items():
        row = " | ".join(f"{ms:.0f}" for ms in billed.values())
        yield f"| {name} | {found['measured']['cpu_ms'][name]:.1f} ms | {row} | {found['memory'][name]} MB |"


def under_load(found: Mapping[str, Any]) -> Iterator[str]:
    kinds = ("ours", "ours, unread", "streamed", "still", "noop")
    shown = ("calls a second", "with the stream's", "with the stream unread", "bare, with a stream", "bare", "no-op")
    ratios = ("unread, to bare", "to bare with a stream", "to no-op", "with the stream's, to no-op")
    yield _head("clients", "jobs a second", "p99 of a call", *shown, *ratios)
    yield f"|{'---|' * 13}"
    for row in found["rows"]:
        speed = {kind: row[kind]["per_second"] for kind in kinds}
        whole = speed["ours"] + row["by_stream_per_second"]
        yield _head(
            f"{row['clients']}{'' if all(row['is_warm'].values()) else ' (workers still starting)'}",
            f"{speed['ours'] / found['calls_per_job']:.1f}",
            f"{row['ours']['p99_ms']:.0f} ms",
            *(f"{one:.0f}" for one in (speed["ours"], whole, *list(speed.values())[1:])),
            f"{speed['ours, unread'] / speed['still']:.2f}×",
            f"{speed['ours'] / speed['streamed']:.2f}×",
            f"{speed['ours'] / speed['noop']:.2f}×",
            f"{whole / speed['noop']:.2f}×",
        )
