"""`make fuzz-webhook [N=5000] [SEED=…]`: hostile bodies against the webhook of a stack of its own. Exits with 1 on any breach."""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from local.progress import Steps
from local.stack import Options, running_stack
from tests.hostile.attack import Tally, attack_webhook

_SHOWN = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("bodies", type=int, nargs="?", default=5000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    asked = parser.parse_args()
    out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 110)
    options = Options(parameters={"FirstLookSeconds": "3600"}, step=Steps(out).step)
    with tempfile.TemporaryDirectory() as state, running_stack(Path(state), options) as stack, Progress(console=out) as bar:
        task = bar.add_task("Bodies", total=asked.bodies)
        tally = attack_webhook(stack, bodies=asked.bodies, chosen_seed=asked.seed, on_each=lambda: bar.advance(task))
    _report(out, tally, asked.seed)
    return 1 if tally.breaches or tally.requests < asked.bodies else 0


def _report(out: Console, tally: Tally, seed: int) -> None:
    table = Table("answer", "number", title=f"Hostile bodies, seed {seed}")
    for status, number in sorted(tally.statuses.items()):
        table.add_row(str(status), str(number))
    table.add_row("all", str(tally.requests))
    table.add_row("changed their job", str(tally.applied))
    table.add_row("breaches", str(len(tally.breaches)))
    out.print(table)
    for breach in tally.breaches[:_SHOWN]:
        out.print(breach, markup=False)


if __name__ == "__main__":
    sys.exit(main())
