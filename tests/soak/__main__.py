"""`make soak`: many jobs through the deployed stack while everything around it fails, and the accounts afterwards.

The backend refuses submits, sends each webhook three times, shuffled, and never sends some; DynamoDB's calls fail or are applied
without an answer. MiniStack drops a stream record that a function reports as failed, where AWS delivers it again: so every record
is delivered to the deployed notify once more at the end, and what was missing until then is counted by itself.
"""

import argparse
import secrets
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from rich.console import Console

from local.failures import LocalFailure
from local.ports import reserved_port
from local.progress import Steps
from local.stack import Options, running_stack
from tests.soak.fault_proxy import Dice, fault_proxy
from tests.soak.report import print_report
from tests.soak.run import run_soak

BACKEND_FAILS, WEBHOOKS_DROPPED, COPIES, DYNAMODB_FAILS = 0.3, 0.1, 3, 0.05
# Between the look at 75 s and the one at 155 s: a job that the backend refuses is asked for six times.
_TIMES = {"FirstLookSeconds": "5", "SilenceSeconds": "150", "JobDeadlineSeconds": "150", "LongestJobSeconds": "900"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("jobs", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", default=str(secrets.randbelow(10**6)))
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 110)
    out.print(
        f"Soak of {asked.jobs} jobs, seed {asked.seed}: the backend refuses {BACKEND_FAILS:.0%} of submits, sends each webhook "
        f"{COPIES} times, shuffled, and loses {WEBHOOKS_DROPPED:.0%} of them; {DYNAMODB_FAILS:.0%} of DynamoDB calls fail "
        "or lose their answer."
    )
    try:
        return _soak(out, asked.jobs, asked.seed)
    except LocalFailure as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"✗ {failure}", markup=False)
        return 1


def _end(_number: int, _frame: FrameType | None) -> None:
    """As Ctrl-C: on the way out, everything that was started ends."""
    raise SystemExit(1)


def _soak(out: Console, jobs: int, seed: str) -> int:
    dice = Dice(DYNAMODB_FAILS, seed)
    with ExitStack() as ends:
        state = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="sorami-soak-"))) / "stack"
        port = ends.enter_context(reserved_port())
        dynamodb_url = ends.enter_context(fault_proxy(port, dice))
        options = Options(
            port=port,
            parameters=_TIMES,
            backend_env=_backend_env(seed),
            engine_env={"AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url},
            step=Steps(out).step,
        )
        stack = ends.enter_context(running_stack(state, options))
        accounts = run_soak(stack, jobs, dice, state / "run" / "backend.log", out)
        print_report(out, accounts, dice, seed)
    return 0 if accounts.is_good else 1


def _backend_env(seed: str) -> dict[str, str]:
    return {
        "SECONDS_PER_JOB": "0",
        "WORKERS": "4",
        "QUEUE_LIMIT": "1000",
        "FAIL_RATE": str(BACKEND_FAILS),
        "DUPLICATE": str(COPIES),
        "REORDER": "on",
        "DROP_RATE": str(WEBHOOKS_DROPPED),
        "FAULT_SEED": seed,
    }


if __name__ == "__main__":
    raise SystemExit(main())
