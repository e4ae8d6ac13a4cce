"""Draws the charts of docs/performance.md and docs/cost.md from benchmarks/results: `python -m benchmarks.charts`."""

import sys
from collections.abc import Callable, Mapping
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
    axes.set_xscale("log", base=2)
    axes.set_xticks(clients, [str(one) for one in clients])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("clients, each waiting for its answer")
    axes.set_ylabel("function calls a second")
    axes.set_title("The local stack under load")
    axes.legend(frameon=False)
    return figure


CHARTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {"cold": cold, "warm": warm, "cost": cost, "load": throughput}


def main() -> int:
    for name in sys.argv[1:] or CHARTS:
        figure = CHARTS[name](load(name))
        figure.savefig(FOLDER / f"{name}.png", dpi=110, bbox_inches="tight", metadata={"Software": None})
        print(f"benchmarks/results/{name}.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
