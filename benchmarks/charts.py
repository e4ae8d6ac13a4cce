"""Draws the charts of docs/ from benchmarks/results: `python -m benchmarks.charts`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from benchmarks.results import FOLDER, load

_OURS, _OTHER, _FLOOR = "#2a6f97", "#bcbcbc", "#e09f3e"


def cold(found: Mapping[str, Any]) -> Any:
    bundles = found["bundles"]
    bare = bundles["bare DynamoDB client"]["ready_ms"]
    names = sorted((name for name in bundles if f"{name}, default build" in bundles), key=lambda one: bundles[one]["ready_ms"])
    figure, axes = plt.subplots(figsize=(9, 5.5))
    rows = [("bare DynamoDB client", _FLOOR), *((name, _OURS) for name in names), ("FastAPI + Mangum", _OTHER)]
    for place, (name, colour) in enumerate(rows):
        default = bundles.get(f"{name}, default build")
        if default:
            axes.barh(place, default["ready_ms"] / bare, color=_OTHER, height=0.72, label="default build" if place == 1 else None)
        axes.barh(place, bundles[name]["ready_ms"] / bare, color=colour, height=0.72, label="as shipped" if place == 1 else None)
        ratio = bundles[name]["ready_ms"] / bare
        words = "black" if colour == _OTHER else "white"
        axes.text(ratio - 0.04, place, f"{ratio:.2f}×", va="center", ha="right", color=words)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_xlabel("time until ready, against a bare DynamoDB client (1 = as fast)")
    axes.set_title("Cold starts: imported, clients made")
    axes.legend(loc="lower right", frameon=False)
    return figure


def warm(found: Mapping[str, Any]) -> Any:
    functions = found["functions"]
    figure, axes = plt.subplots(figsize=(9, 3.8))
    for place, one in enumerate(functions.values()):
        ratio = one["ours"]["p50_ms"] / one["bare"]["p50_ms"]
        axes.barh(place, ratio, color=_OURS, height=0.6)
        axes.text(ratio + 0.01, place, f"{ratio:.2f}×", va="center")
    axes.axvline(1, color=_FLOOR, linewidth=2)
    axes.set_yticks(range(len(functions)), list(functions))
    axes.set_xlabel("handler's p50 against the bare calls that it makes (line: the bare calls)")
    axes.set_xlim(0, 1.6)
    axes.set_title("Warm calls")
    return figure


def cost(found: Mapping[str, Any]) -> Any:
    ways = found["dollars_per_job"]
    figure, axes = plt.subplots(figsize=(9, 4))
    colours = ["#2a6f97", "#468faf", "#e09f3e", "#f2cc8f", "#81b29a", "#9d8189", "#6c757d"]
    left = [0.0] * len(ways)
    for colour, item in zip(colours, next(iter(ways.values())), strict=True):
        values = [way[item] * 1e6 for way in ways.values()]
        axes.barh(range(len(ways)), values, left=left, color=colour, height=0.6, label=item)
        left = [before + value for before, value in zip(left, values, strict=True)]
    for place, total in enumerate(left):
        axes.text(total + 1, place, f"${total:.0f}", va="center")
    axes.set_yticks(range(len(ways)), list(ways))
    axes.set_xlim(0, max(left) * 1.12)
    axes.set_xlabel("dollars for a million jobs")
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.16), ncols=4, frameon=False)
    return figure


def throughput(found: Mapping[str, Any]) -> Any:
    figure, axes = plt.subplots(figsize=(8, 4))
    clients = [row["clients"] for row in found["rows"]]
    kinds = (
        ("noop", "o--", _FLOOR, "a function that does nothing"),
        ("still", "s--", _OTHER, "one that makes the bare calls of a job"),
        ("streamed", "^--", "#8a8a8a", "the same, on a table with a stream"),
        ("ours, unread", "o:", _OURS, "whole jobs, whose stream nobody reads"),
        ("ours", "o-", _OURS, "whole jobs"),
    )
    for kind, style, colour, label in kinds:
        axes.plot(clients, [row[kind]["per_second"] for row in found["rows"]], style, color=colour, label=label)
    whole = [row["ours"]["per_second"] + row["by_stream_per_second"] for row in found["rows"]]
    axes.plot(clients, whole, "D-", color=_OURS, alpha=0.45, label="whole jobs, with the calls by the stream")
    axes.set_xscale("log", base=2)
    axes.set_xticks(clients, [str(one) for one in clients])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("clients, each waiting for its answer")
    axes.set_ylabel("function calls a second")
    axes.set_title("The local stack under load")
    axes.legend(frameon=False)
    return figure


def scale(found: Mapping[str, Any]) -> Any:
    """Which limit is met where; and how far behind notify and reconcile are, before and after an outage of ten minutes."""
    figure = plt.figure(figsize=(11, 9), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.3, 1))
    _limits(above.subplots(), found["reaches"])
    ages, backlogs = below.subplots(1, 2)
    _ages(ages, found["streams"])
    _backlogs(backlogs, found["silences"])
    return figure


def _limits(axes: Any, reaches: Sequence[Mapping[str, Any]]) -> None:
    names = [one["what"] + (f"  ({one['when']})" if one["when"] else "") for one in reaches]
    for place, one in enumerate(reaches):
        axes.barh(place, one["jobs"], color=_OTHER if one["when"] else _OURS, height=0.7)
        axes.text(one["jobs"] * 1.06, place, f"{one['jobs']:,.0f}", va="center", fontsize=8)
    for rate in (1, 100, 10_000):
        axes.axvline(rate, color=_FLOOR, linewidth=1.5)
    axes.set_xscale("log")
    axes.set_xlim(0.7, 200_000)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("jobs a second at which it is reached, as deployed (grey: only in that case)")
    axes.set_title("Which limit is met first")


_STYLES = {"as deployed": "-", "by parameters": "--", "by changes": ":"}
_COLOURS = {1: "#81b29a", 100: _OURS, 10_000: _FLOOR}


def _ages(axes: Any, streams: Sequence[Mapping[str, Any]]) -> None:
    for one in streams:
        ages = one["outage_ages_s"]
        rate = one["jobs_per_second"]
        label = f"{rate:,}/s {one['setup']}"
        minutes = [place / 2 for place in range(len(ages))]
        axes.plot(minutes, [age / 60 for age in ages], _STYLES[one["setup"]], color=_COLOURS[rate], label=label)
    axes.set_ylim(0, 30)
    axes.set_xlabel("minutes; notify is away from 10 to 20")
    axes.set_ylabel("minutes behind the stream")
    axes.set_title("notify: age of the oldest record")
    axes.legend(frameon=False, fontsize=8)


def _backlogs(axes: Any, silences: Sequence[Mapping[str, Any]]) -> None:
    for one in silences:
        rate = one["jobs_per_second"]
        share = [100 * number / one["jobs"] for number in one["backlog"]]
        axes.plot(share, _STYLES[one["setup"]], color=_COLOURS[rate], label=f"{rate:,}/s {one['setup']}")
    axes.set_ylim(0, 105)
    axes.set_xlabel("minutes; the backend is away from 0 to 10")
    axes.set_ylabel("% of the outage's jobs still open")
    axes.set_title("reconcile: what an outage of the backend left")
    axes.legend(frameon=False, fontsize=8)


CHARTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "cold": cold,
    "warm": warm,
    "cost": cost,
    "load": throughput,
    "scale": scale,
}


def main() -> int:
    for name in sys.argv[1:] or CHARTS:
        figure = CHARTS[name](load(name))
        figure.savefig(FOLDER / f"{name}.png", dpi=110, bbox_inches="tight", metadata={"Software": None})
        print(f"benchmarks/results/{name}.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
