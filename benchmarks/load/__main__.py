"""`make bench-load`: whole jobs on the local stack, by clients that wait for each answer, beside functions that do less."""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.load.client import CALLS_PER_JOB, Client
from benchmarks.load.peers import add_peers, calls_by_stream, stream_unread
from benchmarks.results import save
from benchmarks.tables import under_load
from benchmarks.warm.backend import quick_backend
from local.failures import StartFailure
from local.stack import Options, Stack, running_stack

type Deed = Callable[[Client], None]

_DEEDS: Mapping[str, Deed] = {
    "noop": Client.noop,
    "still": lambda client: client.bare_job("still"),
    "streamed": lambda client: client.bare_job("streamed"),
    "ours": Client.job,
}
_MOST_ROUNDS = 12
_COLD_MS = 600
"""A call that takes longer, and five times as long as most, has started a worker, or waited while one was started."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of each kind and number of clients (default: %(default)s)")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32], help="how many (default: %(default)s)")
    asked = parser.parse_args()
    parameters = {"FirstLookSeconds": "3600", "MaxOpenJobsPerUser": "0"}
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            quick_backend() as backend,
            running_stack(Path(folder), Options(backend_url=backend, parameters=parameters)) as stack,
        ):
            add_peers(stack, backend)
            rows = [_row(stack, clients, asked.seconds) for clients in asked.clients]
    except StartFailure as failure:
        print(failure, file=sys.stderr)
        return 1
    found = {"seconds": asked.seconds, "calls_per_job": CALLS_PER_JOB, "rows": rows}
    save("load", found)
    out = Console(highlight=False)
    for line in under_load(found):
        out.print(line, soft_wrap=True)
    return 0


def _row(stack: Stack, number: int, seconds: float) -> dict[str, Any]:
    """Each kind twice, there and back, so that a machine that slows down flatters none."""
    clients = [Client(stack, one) for one in range(number)]
    rounds = {name: _warm_up(clients, deed, seconds / 2) for name, deed in _DEEDS.items()}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in _DEEDS}
    for name in (*_DEEDS, *reversed(tuple(_DEEDS))):
        runs[name].append(_run(clients, _DEEDS[name], seconds / 2))
    with stream_unread(stack):
        runs["ours, unread"] = [_run(clients, Client.job, seconds / 2) for _ in range(2)]
    return {
        "clients": number,
        "is_warm": {name: one is not None for name, one in rounds.items()},
        **{
            name: {
                "per_second": statistics.mean(one["per_second"] for one in both),
                "p99_ms": max(one["p99_ms"] for one in both),
            }
            for name, both in runs.items()
        },
        "by_stream_per_second": statistics.mean(
            calls_by_stream(stack, one["begun"], one["ended"]) / (one["ended"] - one["begun"]) for one in runs["ours"]
        ),
    }


def _warm_up(clients: Sequence[Client], deed: Deed, seconds: float) -> int | None:
    """The emulator starts a worker for each call that finds none idle: until a round sees no start. None if every one did."""
    for number in range(_MOST_ROUNDS):
        run = _run(clients, deed, seconds)
        if run["slowest_ms"] < max(_COLD_MS, 5 * run["p50_ms"]):
            return number
    return None


def _run(clients: Sequence[Client], deed: Deed, seconds: float) -> dict[str, float]:
    """Closed loop: each client does it again as soon as it is done."""
    until = time.monotonic() + seconds

    def repeat(client: Client) -> None:
        client.milliseconds.clear()
        while time.monotonic() < until:
            deed(client)

    begun = time.time()
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(repeat, clients))
    ended = time.time()
    calls = [one for client in clients for one in client.milliseconds]
    percentiles = statistics.quantiles(calls, n=100)
    return {
        "begun": begun,
        "ended": ended,
        "per_second": len(calls) / (ended - begun),
        "p50_ms": percentiles[49],
        "p99_ms": percentiles[98],
        "slowest_ms": max(calls),
    }


if __name__ == "__main__":
    raise SystemExit(main())
