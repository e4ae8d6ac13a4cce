"""`make scale`: the tables of docs/scale.md, from template.yaml, AWS's limits and what the other benchmarks measured."""

import sys
from dataclasses import asdict

from rich.console import Console

from benchmarks.cost.measured import measured_before
from benchmarks.results import save
from benchmarks.scale.limits import AS_OF, LIMITS
from benchmarks.scale.pace import Pace
from benchmarks.scale.reach import reaches, writes_by_place
from benchmarks.scale.setups import AS_DEPLOYED
from benchmarks.scale.tables import ingest_table, limits_table, reach_table, silence_table, stream_table
from benchmarks.scale.trials import SEED, silence_trials, stream_trials


def main() -> int:
    try:
        measured = measured_before()
    except (FileNotFoundError, KeyError):
        print("Nothing was measured yet: `make bench-warm` and `make cost` first.", file=sys.stderr)
        return 1
    pace = Pace(cpu_ms=measured.cpu_ms)
    reached = reaches(AS_DEPLOYED.deployment, pace, writes_by_place(measured.writes))
    streams, silences = stream_trials(pace), silence_trials(pace)
    save(
        "scale",
        {
            "seed": SEED,
            "cpu_ms": measured.cpu_ms,
            "limits_as_of": AS_OF,
            "limits": {name: asdict(one) for name, one in LIMITS.items()},
            "reaches": [asdict(one) for one in reached],
            "streams": streams,
            "silences": silences,
        },
    )
    tables = (limits_table(), reach_table(reached), stream_table(streams), ingest_table(streams), silence_table(silences))
    out = Console(highlight=False)
    for number, table in enumerate(tables):
        for line in ([""] if number else []) + list(table):
            out.print(line, soft_wrap=True, markup=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
