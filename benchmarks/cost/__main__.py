"""`make cost`: the tables of docs/cost.md, from DynamoDB's own account of a job and from what `make bench-warm` measured."""

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.cost import snapshots
from benchmarks.cost.measured import measured_from, step_of
from benchmarks.cost.memory import WAITS, chosen, sweep
from benchmarks.cost.model import ours, tutorial
from benchmarks.prices import AS_OF, PER, REGION
from benchmarks.results import load, save
from benchmarks.tables import jobs, memory, months, units
from tests.support.engines import JOBS, MINISTACK, NOTIFICATIONS, running
from tests.support.one_job import one_job


def main() -> int:
    try:
        warm, cold = load("warm"), load("cold")
    except FileNotFoundError:
        print("Nothing was measured yet: `make bench-cold bench-warm` first.", file=sys.stderr)
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
    found = {
        "prices": {"as_of": AS_OF, "region": REGION, **PER},
        "steps": {name: step_of(meter) for name, meter in steps.items()},
        "measured": asdict(measured),
        "memory": sizes,
        "dollars_per_job": ways,
        "sweep_ms": sweep(warm),
    }
    save("cost", found)
    out = Console(highlight=False)
    for table in (units(found), jobs(found), months(found), memory(found), snapshots.table(cold)):
        for line in (*table, ""):
            out.print(line, soft_wrap=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
