"""Writes what was measured into the documents: `python -m benchmarks.quote`, which every benchmark does at its end.

A table stands between lines `<!-- cold -->` and `<!-- /cold -->`, a figure of a sentence between the same within its line.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from benchmarks import tables
from benchmarks.cost import snapshots
from benchmarks.results import load
from benchmarks.scale import tables as scaling
from benchmarks.scale.figures import FIGURES as OF_SCALE
from benchmarks.scale.figures import Figure
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
        "snapshots": ("cold", snapshots.table),
    },
    "docs/scale.md": {
        "reach": ("scale", lambda found: scaling.reach_table([Reach(**one) for one in found["reaches"]])),
        "streams": ("scale", lambda found: scaling.stream_table(found["streams"])),
        "copies": ("scale", lambda found: scaling.ingest_table(found["streams"])),
        "silences": ("scale", lambda found: scaling.silence_table(found["silences"])),
        "limits": ("scale", scaling.limits_table),
    },
}
"""Document → place in it → the result that its table is made of, and how."""

SENTENCES: Mapping[str, Mapping[str, tuple[str, Figure]]] = {
    "docs/scale.md": {
        **{place: ("scale", figure) for place, figure in OF_SCALE.items()},
        **{f"month at {rate}": ("cost", partial(tables.a_month, rate=rate)) for rate in (1, 50, 100, 10_000)},
        "a million": ("cost", tables.a_million),
        "share of Lambda": ("cost", partial(tables.share, item="Lambda")),
        "share of logs": ("cost", partial(tables.share, item="Logs")),
        "log": ("cost", tables.log_of_a_job),
        "logs": ("cost", partial(tables.logs, rate=10_000, minutes=15)),
    },
    "docs/cost.md": {"inits": ("cold", snapshots.spared)},
    "README.md": {
        "a million": ("cost", partial(tables.a_million, digits=0)),
        "as in tutorials": ("cost", partial(tables.a_million, way="as in tutorials", digits=0)),
    },
}
"""The same of figures, which may stand in several places."""


def quoted(document: str, text: str) -> str:
    """The document's text with what was measured last. Raises ValueError for a place that is not there."""
    for place, (result, table) in DOCUMENTS.get(document, {}).items():
        lines = "\n".join(table(load(result)))
        between = re.compile(rf"(<!-- {place} -->\n).*?(\n<!-- /{place} -->)", re.DOTALL)
        text, number = between.subn(lambda found, lines=lines: f"{found[1]}\n{lines}\n{found[2]}", text)  # type: ignore[misc]
        if number != 1:
            raise ValueError(f"{document} has {number} places for {place}")
    for place, (result, figure) in SENTENCES.get(document, {}).items():
        words = figure(load(result))
        within = re.compile(rf"(<!-- {place} -->)[^\n]*?(<!-- /{place} -->)")
        text, number = within.subn(lambda found, words=words: f"{found[1]}{words}{found[2]}", text)  # type: ignore[misc]
        if number == 0:
            raise ValueError(f"{document} has no place for {place}")
    return text


def main() -> int:
    for document in dict.fromkeys((*DOCUMENTS, *SENTENCES)):
        file = ROOT / document
        before = file.read_text(encoding="utf-8")
        if (after := quoted(document, before)) != before:
            file.write_text(after, encoding="utf-8")
            print(document)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
