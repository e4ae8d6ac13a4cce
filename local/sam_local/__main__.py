"""`make sam-local`: the functions in Lambda's containers until Ctrl-C; `python -m local.sam_local --help` tells its options."""

import re
import sys
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from local.asked import StrictParser, read_port
from local.failures import LocalFailure
from local.lines import colour_of, render
from local.logs import FileLog
from local.processes import check_alive
from local.progress import Steps
from local.record import STATE
from local.sam_local.serving import Ports, Serving, serving
from local.stopping import Stopped, stop_on_signals
from ops.exits import ConsoleFailure
from ops.stack import LOCAL, Place, place_of

_PAUSE_SECONDS = 0.5
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_CLOCK = re.compile(r"^[-0-9]+ [:0-9]+ (?=\S+ - - )")
_OF_CONTAINERS = (
    "CommonLayer is",
    "DocsLayer is",
    "Local image",
    "Requested to skip",
    "Mounting ",
    "SAM_CONTAINER_ID",
    "Lambda function '",
)
_NAMES = ["api", "lambda"]


def main() -> int:
    out = Console(highlight=False, soft_wrap=True)
    stop_on_signals()
    up = False
    try:
        name, state, asked = read_arguments(sys.argv[1:])
        place = place_of(name)
        with serving(place, state, asked, Steps(out).step) as found:
            up = True
            for line in introduction(found, place):
                out.print(line, markup=False)
            _follow(out, found)
    except Stopped as stopped:
        out.print("Stopped: no container, no image of a layer and no run folder is left.")
        return 0 if up else 128 + stopped.signum
    except (LocalFailure, ConsoleFailure, BotoCoreError, ClientError) as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]✗[/] {escape(str(failure))}")
        return 1
    return 0


def read_arguments(arguments: list[str]) -> tuple[str, Path, Ports]:
    """Raises BadOption."""
    parser = StrictParser(prog="python -m local.sam_local", description="The functions in Lambda's containers until Ctrl-C.")
    parser.add_argument(
        "--stack", default=LOCAL, help="whose tables, bucket and secrets (default: the stack that make run has open)"
    )
    parser.add_argument("--port", default="0", help="the port of the HTTP API (default: any free one)")
    parser.add_argument("--lambda-port", default="0", help="the port of the Lambda API (default: any free one)")
    parser.add_argument("--state", type=Path, default=STATE / "sam-local", help="for the run's files (default: .local/sam-local)")
    asked = parser.parse_args(arguments)
    return asked.stack, asked.state, Ports(read_port(asked.port), read_port(asked.lambda_port))


_EXAMPLES = (
    ("GenerateFunction", "generate"),
    ("QueryFunction", "notifications"),
    ("NotifyFunction", "notify"),
    ("ReconcileFunction", "reconcile"),
)


def introduction(found: Serving, place: Place) -> list[str]:
    invoke = f"curl -s {found.lambda_url}/2015-03-31/functions/{{}}/invocations -d @tests/events/{{}}.json"
    return [
        "",
        f"The functions are up in containers, on what {place.shown} has. Ctrl-C ends them.",
        "",
        f"  HTTP API    {found.api_url}  (it asks for no token: what needs a user is a 401)",
        f"  Lambda API  {found.lambda_url}  (it takes whole events, with the claims of a user)",
        "",
        "In another terminal, in this folder:",
        "",
        f"  curl -s {found.api_url}/health",
        *(f"  {invoke.format(function, event)}" for function, event in _EXAMPLES),
        "",
    ]


def _follow(out: Console, found: Serving) -> None:
    """Prints what the functions log and what is asked of them until a signal ends it; raises ChildEnded."""
    # What was printed while they started is their addresses, which the introduction tells.
    logs = [FileLog(name, child.log, child.log.stat().st_size) for name, child in zip(_NAMES, found.children, strict=True)]
    while True:
        for event in [event for log in logs for event in log.news()]:
            message = plain(event.message)
            if message and (line := render(event.when, event.name, colour_of(event.name, _NAMES), message)):
                out.print(line)
        check_alive(found.children)
        time.sleep(_PAUSE_SECONDS)


def plain(message: str) -> str:
    """The line without colours and the access log's second clock; nothing if it says only how a container is made."""
    text = _COLOURS.sub("", message)
    return "" if text.startswith(_OF_CONTAINERS) else _CLOCK.sub("", text)


if __name__ == "__main__":
    raise SystemExit(main())
