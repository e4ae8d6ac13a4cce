"""`make attack [N=1000] [SEED=…]`: bad tokens on every guarded route, and requests for other users' things.

Exits with 1 on a breach.
"""

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
from tests.hostile.intrusion import Report, try_strangers, try_tokens

_SHOWN = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.intruders", description=__doc__)
    parser.add_argument("requests", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    asked = parser.parse_args()
    out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 110)
    options = Options(parameters={"FirstLookSeconds": "3600"}, step=Steps(out).step)
    with tempfile.TemporaryDirectory() as state, running_stack(Path(state), options) as stack, Progress(console=out) as bar:
        task = bar.add_task("Requests", total=None)
        tokens = try_tokens(stack, on_each=lambda: bar.advance(task))
        strangers = try_strangers(stack, asked.requests, asked.seed, on_each=lambda: bar.advance(task))
    _show(out, tokens, strangers, asked.seed)
    return 1 if tokens.breaches or strangers.breaches or strangers.tried < asked.requests else 0


def _show(out: Console, tokens: Report, strangers: Report, seed: int) -> None:
    table = Table("attack", "variants", "requests", "accepted", "breaches", title=f"Intruders, seed {seed}")
    table.add_row("bad tokens", str(tokens.variants), *map(str, (tokens.tried, tokens.accepted, len(tokens.breaches))))
    table.add_row("another user's things", "9", *map(str, (strangers.tried, strangers.accepted, len(strangers.breaches))))
    out.print(table)
    for breach in [*tokens.breaches, *strangers.breaches][:_SHOWN]:
        out.print(breach, markup=False)


if __name__ == "__main__":
    sys.exit(main())
