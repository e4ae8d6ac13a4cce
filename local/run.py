"""`make run`, the whole stack on this machine until Ctrl-C; `python -m local.run --help` tells its options (local/asked.py)."""

import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from local.asked import read_arguments
from local.aws import Clients
from local.failures import LocalFailure
from local.launch import Launch, launched
from local.lines import colour_of, render
from local.logs import FileLog, FunctionLogs, log_groups
from local.processes import check_alive
from local.progress import Steps
from local.record import Stack
from local.stopping import Stopped, stop_on_signals
from local.summary import first_request, of_own_backend, summary

_PAUSE_SECONDS = 0.5
_RECONCILE_SECONDS = 5.0


def main() -> int:
    out = Console(highlight=False, soft_wrap=True)
    stop_on_signals()
    up = False
    try:
        state, options = read_arguments(sys.argv[1:])
        with launched(state, replace(options, step=Steps(out).step)) as launch:
            up = True
            _introduce(out, launch, state)
            _follow(out, launch)
    except Stopped as stopped:
        with suppress(OSError):  # the terminal may be what has gone
            out.print("Stopped: no process and no run folder is left (only the build cache, .local/build).")
        return 0 if up else 128 + stopped.signum
    except LocalFailure as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]✗[/] {escape(str(failure))}")
        return 1
    return 0


def _introduce(out: Console, launch: Launch, state: Path) -> None:
    out.print("\n[bold]The stack is up.[/] Ctrl-C ends it.\n")
    for line in summary(launch.stack, state, is_example=launch.backend is not None):
        out.print(line, markup=False)
    if launch.backend is None:
        out.print("\nWhat your backend needs:\n")
        for line in of_own_backend(launch.stack, state):
            out.print(line, markup=False)
    out.print("\nIn another terminal, ask for two images:\n")
    for line in first_request(launch.stack, state):
        out.print(line, markup=False)
    out.print()


def _follow(out: Console, launch: Launch) -> None:
    """Print what functions and backend log until a signal ends it; a child that ends by itself is a ChildEnded."""
    clients = Clients(launch.stack.aws_endpoint_url)
    groups = log_groups(clients.functions, launch.stack.functions)
    everyone = [*groups, "backend"]
    sources: list[FunctionLogs | FileLog] = [FunctionLogs(clients.logs, groups)]
    if launch.backend:
        # What it printed while it started is its address, which the summary tells.
        sources.append(FileLog("backend", launch.backend.log, launch.backend.log.stat().st_size))
    next_tick = time.monotonic()
    while True:
        if time.monotonic() >= next_tick:
            next_tick = time.monotonic() + _RECONCILE_SECONDS
            _reconcile(clients, launch.stack)
        with suppress(BotoCoreError, ClientError):  # an engine that is gone is reported below, in one sentence
            for event in [event for source in sources for event in source.news()]:
                if line := render(event.when, event.name, colour_of(event.name, everyone), event.message):
                    out.print(line)
        check_alive(launch.children)
        time.sleep(_PAUSE_SECONDS)


def _reconcile(clients: Clients, stack: Stack) -> None:
    """Runs reconcile: a schedule has a minute at least, which is long for somebody who watches."""
    with suppress(BotoCoreError, ClientError):
        clients.functions.invoke(FunctionName=stack.functions["ReconcileFunction"], InvocationType="Event", Payload=b"{}")


if __name__ == "__main__":
    raise SystemExit(main())
