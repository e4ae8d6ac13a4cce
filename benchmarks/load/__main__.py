"""`make bench-load`: whole jobs on the local stack, by clients that wait for each answer, beside a function that does nothing."""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from rich.console import Console

from benchmarks.load.noop import PATH, add_noop
from benchmarks.results import save
from benchmarks.warm.backend import quick_backend
from local.failures import LocalFailure, StartFailure
from local.stack import Options, Stack, running_stack
from tests.support.api import completed, progress

_STEPS = (("initializing", 10), ("generating", 55), ("saving", 90))
CALLS_PER_JOB = 1 + len(_STEPS) + 1 + 1
"""Over the gateway: create, four reports, the result. notify's calls, by the stream, come on top and are not counted for us."""


@dataclass
class _Client:
    """One user with a connection of their own; `milliseconds`: of every call."""

    stack: Stack
    number: int

    def __post_init__(self) -> None:
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.stack.token(f'load_{self.number}')}"
        self.milliseconds: list[float] = []

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        begun = time.perf_counter()
        answer = self.http.request(method, f"{self.stack.api_url}{path}", timeout=60, **arguments)
        self.milliseconds.append((time.perf_counter() - begun) * 1000)
        if not answer.ok:
            raise LocalFailure(f"{method} {path} was answered {answer.status_code}: {answer.text[:200]}")
        return answer.json()

    def job(self) -> None:
        job_id = self.call("POST", "/api/images/generate", json={"prompt": "un chat astronaute", "size": "512x512"})["job_id"]
        secret = {"X-Webhook-Secret": self.stack.webhook_secret}
        for body in (*(progress(job_id, state, percent) for state, percent in _STEPS), completed(job_id)):
            self.call("POST", "/api/webhooks/image-completion", json=body, headers=secret)
        self.call("GET", f"/api/images/{job_id}/result")

    def noop(self) -> None:
        self.call("GET", PATH)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each kind and number of clients (default: %(default)s)")
    asked = parser.parse_args()
    parameters = {"FirstLookSeconds": "3600", "MaxOpenJobsPerUser": "0"}
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            quick_backend() as backend,
            running_stack(Path(folder), Options(backend_url=backend, parameters=parameters)) as stack,
        ):
            add_noop(stack)
            rows = [_row(stack, clients, asked.seconds) for clients in (1, 2, 4, 8, 16, 32)]
    except StartFailure as failure:
        print(failure, file=sys.stderr)
        return 1
    save("load", {"seconds": asked.seconds, "calls_per_job": CALLS_PER_JOB, "rows": rows})
    out = Console(highlight=False)
    for line in table(rows):
        out.print(line, soft_wrap=True)
    return 0


def _row(stack: Stack, number: int, seconds: float) -> dict[str, Any]:
    """The function that does nothing before and after, so that a machine that slows down does not flatter us."""
    clients = [_Client(stack, one) for one in range(number)]
    _run(clients, _Client.job, seconds)  # the emulator starts a worker for each call that finds none idle
    _run(clients, _Client.noop, seconds / 2)
    before = _run(clients, _Client.noop, seconds / 2)
    jobs = _run(clients, _Client.job, seconds)
    after = _run(clients, _Client.noop, seconds / 2)
    ceiling = (before["per_second"] + after["per_second"]) / 2
    return {
        "clients": number,
        "jobs_per_second": jobs["per_second"] / CALLS_PER_JOB,
        "calls_per_second": jobs["per_second"],
        "p99_ms": jobs["p99_ms"],
        "ceiling_per_second": ceiling,
        "ceiling_p99_ms": after["p99_ms"],
        "share": jobs["per_second"] / ceiling,
    }


def _run(clients: list[_Client], deed: Callable[[_Client], None], seconds: float) -> dict[str, float]:
    """Closed loop: each client does it again as soon as it is done."""
    until = time.monotonic() + seconds

    def repeat(client: _Client) -> None:
        client.milliseconds.clear()
        while time.monotonic() < until:
            deed(client)

    begun = time.monotonic()
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(repeat, clients))
    calls = [one for client in clients for one in client.milliseconds]
    return {"per_second": len(calls) / (time.monotonic() - begun), "p99_ms": statistics.quantiles(calls, n=100)[98]}


def table(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["| clients | jobs a second | function calls a second | p99 of a call | calls of the no-op | its p99 | share |"]
    lines.append("|---|---|---|---|---|---|---|")
    lines += [
        f"| {row['clients']} | {row['jobs_per_second']:.1f} | {row['calls_per_second']:.0f} | {row['p99_ms']:.0f} ms "
        f"| {row['ceiling_per_second']:.0f} | {row['ceiling_p99_ms']:.0f} ms | {row['share']:.2f}× |"
        for row in rows
    ]
    return lines


if __name__ == "__main__":
    raise SystemExit(main())
