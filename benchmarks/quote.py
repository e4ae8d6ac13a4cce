"""Writes the tables into docs/ out of benchmarks/results: `python -m benchmarks.quote`, which every benchmark does at its end.

A table stands between `<!-- cold -->` and `<!-- /cold -->`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from benchmarks import tables
from benchmarks.cost import snapshots
from benchmarks.results import load
from benchmarks.scale import tables as scaling
from benchmarks.scale.reach import Reach
from local.environment import ROOT

type Table = Callable[[Mapping[str, Any]], Iterable[str]]

DOCUMENTS: Mapping[str, Mapping[str, tuple[str, Table]]] = {
    "docs/performance.md": {
        "cold": ("cold", tables.cold),
        "cold aims": ("cold", tables.cold_aims),
        "warm": ("warm", tables.warm),
        "load": ("load", tables.under_load),
    },
    "docs/cost.md": {
        "units": ("cost", tables.units),
        "jobs": ("cost", tables.jobs),
        "months": ("cost", tables.months),
        "memory": ("cost", tables.memory),
        "snapshots": ("cost", snapshots.table),
    },
    "docs/scale.md": {
        "reach": ("scale", lambda found: scaling.reach_table([Reach(**one) for one in found["reaches"]])),
        "streams": ("scale", lambda found: scaling.stream_table(found["streams"])),
        "copies": ("scale", lambda found: scaling.ingest_table(found["streams"])),
        "silences": ("scale", lambda found: scaling.silence_table(found["silences"])),
        "limits": ("scale", scaling.limits_table),
    },
}
"""Document → place in it → the result that it is made of, and how."""


def quoted(document: str, text: str) -> str:
    """The document's text with its tables as they were measured last. Raises ValueError for a place that is not there."""
    for place, (result, table) in DOCUMENTS[document].items():
        lines = "\n".join(table(load(result)))
        between = re.compile(rf"(<!-- {place} -->\n).*?(\n<!-- /{place} -->)", re.DOTALL)
        text, number = between.subn(lambda found, lines=lines: f"{found[1]}\n{lines}\n{found[2]}", text)  # type: ignore[misc]
        if number != 1:
            raise ValueError(f"{document} has {number} places for {place}")
    return text


def main() -> int:
    for document in DOCUMENTS:
        file = ROOT / document
        before = file.read_text(encoding="utf-8")
        if (after := quoted(document, before)) != before:
            file.write_text(after, encoding="utf-8")
            print(document)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
