"""`make run`, the whole stack on this machine until Ctrl-C: `python -m local.run [--port N] [--locale en] [--state FOLDER]`."""

import argparse
import signal
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from local.aws import Clients
from local.failures import LocalFailure
from local.launch import Launch, Options, launched
from local.lines import colour_of, render
from local.logs import FileLog, FunctionLogs, log_groups
from local.progress import Steps
from local.record import STATE, Stack

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PAUSE_SECONDS = 0.5
_RECONCILE_SECONDS = 5.0


class Stopped(BaseException):
    """Somebody asked us to end. Not an Exception, so that nothing on the way up takes it for a failure of its own."""

    def __init__(self, signum: int) -> None:
        self.signum = signum


class ChildEnded(LocalFailure):
    pass


def main() -> int:
    asked = _arguments()
    out = Console(highlight=False, soft_wrap=True)
    for ending in _ENDINGS:
        signal.signal(ending, _stop)
    up = False
    try:
        with launched(asked.state, Options(port=asked.port, locale=asked.locale, step=Steps(out).step)) as launch:
            up = True
            _introduce(out, launch.stack, asked.state)
            _follow(out, launch)
    except Stopped as stopped:
        with suppress(OSError):  # the terminal may be what has gone
            out.print("Stopped: no process and no run folder is left (only the build cache, .local/build).")
        return 0 if up else 128 + stopped.signum
    except LocalFailure as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]✗[/] {escape(str(failure))}")
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.run", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port of the API and of the AWS endpoint (default: any free one)")
    parser.add_argument("--locale", choices=("fr", "en"), default="fr", help="of the texts for people (default: %(default)s)")
    parser.add_argument("--state", type=Path, default=STATE, help="where stack.json and the run's files go (default: .local)")
    return parser.parse_args()


def _stop(signum: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not disturb the clean-up that the first one starts.
    for ending in _ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise Stopped(signum)


def _introduce(out: Console, stack: Stack, state: Path) -> None:
    elsewhere = "" if state == STATE else f" --state {state}"
    token = f'"$(.venv/bin/python -m local.token user_1{elsewhere})"' if elsewhere else '"$(make -s token SUB=user_1)"'
    rows = {
        "API": stack.api_url,
        "Page": stack.page_url,
        "WebSocket": stack.websocket_url,
        "Example backend": stack.backend_url,
        "Token issuer": stack.issuer,
        "AWS endpoint": f"{stack.aws_endpoint_url}  (region {stack.aws_region}, stack {stack.stack_name})",
        "For programs": str(state / "stack.json"),
    }
    out.print("\n[bold]The stack is up.[/] Ctrl-C ends it.\n")
    for title, value in rows.items():
        if value:
            out.print(f"  {title:<16} {escape(value)}")
    body = '{"prompt": "un chat astronaute", "num_images": 2, "size": "512x512", "format": "WEBP"}'
    out.print("\nIn another terminal, ask for two images:\n")
    out.print(f"  TOKEN={token}", markup=False)
    out.print(f"  curl -s {stack.api_url}/api/images/generate \\", markup=False)
    out.print("    -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\", markup=False)
    out.print(f"    -d '{body}'\n", markup=False)


def _follow(out: Console, launch: Launch) -> None:
    """Print what functions and backend log until a signal ends it; a child that ends by itself is a ChildEnded."""
    clients = Clients(launch.stack.aws_endpoint_url)
    groups = log_groups(clients.functions, launch.stack.functions)
    everyone = [*groups, "backend"]
    functions = FunctionLogs(clients.logs, groups)
    backend = FileLog("backend", launch.children[-1].log)
    next_tick = time.monotonic()
    while True:
        if time.monotonic() >= next_tick:
            next_tick = time.monotonic() + _RECONCILE_SECONDS
            _reconcile(clients, launch.stack)
        with suppress(BotoCoreError, ClientError):  # an engine that is gone is reported below, in one sentence
            for event in [*functions.news(), *backend.news()]:
                if line := render(event.when, event.name, colour_of(event.name, everyone), event.message):
                    out.print(line)
        for child in launch.children:
            if child.ended:
                raise ChildEnded(f"{child.name} ended with code {child.process.returncode} ({child.last_words()}).")
        time.sleep(_PAUSE_SECONDS)


def _reconcile(clients: Clients, stack: Stack) -> None:
    """Runs reconcile: a schedule has a minute at least, which is long for somebody who watches."""
    with suppress(BotoCoreError, ClientError):
        clients.functions.invoke(FunctionName=stack.functions["ReconcileFunction"], InvocationType="Event", Payload=b"{}")


if __name__ == "__main__":
    raise SystemExit(main())
