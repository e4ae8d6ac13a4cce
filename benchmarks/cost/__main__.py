"""`make cost`: the tables of docs/cost.md, from DynamoDB's own account of a job and from what `make bench-warm` measured."""

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.cost import snapshots
from benchmarks.cost.measured import measured_from
from benchmarks.cost.memory import chosen, sweep
from benchmarks.cost.model import ours, tutorial
from benchmarks.cost.tables import jobs_table, months_table, sizes_table, units_table
from benchmarks.prices import AS_OF, PER, REGION
from benchmarks.results import load, save
from tests.support.engines import JOBS, MINISTACK, NOTIFICATIONS, running
from tests.support.one_job import one_job


def main() -> int:
    try:
        warm = load("warm")
    except FileNotFoundError:
        print("Nothing was measured yet: `make bench-warm` first.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, running(MINISTACK, Path(folder)) as engine:
        steps = dict(one_job(engine.client, JOBS, NOTIFICATIONS))
    measured = measured_from(steps, warm)
    sizes = {name: chosen(name, cpu) for name, cpu in measured.cpu_ms.items()}
    ways = {
        "live updates": ours(measured, sizes, live=True),
        "polling every 2 s": ours(measured, sizes, live=False),
        "as in tutorials": tutorial(measured),
    }
    save(
        "cost",
        {
            "prices": {"as_of": AS_OF, "region": REGION, **PER},
            "measured": asdict(measured),
            "memory": sizes,
            "dollars_per_job": ways,
            "sweep_ms": sweep(warm),
        },
    )
    out = Console(highlight=False)
    for table in (units_table(steps), jobs_table(ways), months_table(ways), sizes_table(warm, sizes), snapshots.table()):
        for line in (*table, ""):
            out.print(line, soft_wrap=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
