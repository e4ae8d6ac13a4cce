"""`make check-backend URL=…`: is that backend one that this service can work with? A table for people, JSON with `--json`."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.failures import LocalFailure
from local.record import load
from ops.contract.findings import Finding, Verdict
from ops.contract.playing import Patience, Play
from ops.contract.stand_in import stand_in
from ops.contract.verdict import judge

_COLOURS = {Verdict.RIGHT: "green", Verdict.HINT: "yellow", Verdict.WRONG: "bold red", Verdict.OPEN: "dim"}
_MARKS = {Verdict.RIGHT: "✓", Verdict.HINT: "!", Verdict.WRONG: "✗", Verdict.OPEN: "·"}
_WIDTH = 150
_LONGEST_SEEN = 300
_HIGHEST_PORT = 65535
_LONGEST_PATIENCE = 86_400


def main(arguments: Sequence[str] | None = None) -> int:
    """0: nothing is wrong; 1: something is; 2: it could not be tried."""
    asked = _arguments(arguments)
    try:
        url, key, secret = _whom(asked)
        _check_address("URL", url)
        _check_address("PUBLIC", asked.public)
        with stand_in(asked.port, asked.public) as listening:
            if not asked.json:
                _say(f"Asking {url} for some images; listening at {listening.url} …")
            play = Play(url, key, secret, asked.prompt, Patience(asked.patience, asked.retry, asked.quiet), listening)
            found = [_printable(finding) for finding in judge(play.run())]
    except (LocalFailure, OSError) as error:
        _say(str(error), style="red")
        return 2
    if asked.json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in found], ensure_ascii=False, indent=2) + "\n")
    else:
        _show(found)
    return int(any(finding.verdict is Verdict.WRONG for finding in found))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.contract", description=__doc__)
    parser.add_argument("url", nargs="?", help="the backend's base URL (default: the local stack's, with its key and secret)")
    parser.add_argument(
        "--public", default="", metavar="URL", help="how a backend elsewhere reaches this machine: a tunnel's URL"
    )
    parser.add_argument("--port", type=_port, default=0, help="listen on this port of 127.0.0.1 (default: any free one)")
    parser.add_argument("--prompt", default="un chat astronaute", help="what to ask for (default: %(default)s)")
    parser.add_argument("--patience", type=_seconds, default=Patience.job, help="for a job to end (default: %(default)s)")
    parser.add_argument(
        "--retry", type=_seconds, default=Patience.retry, help="for an outcome to be sent again (default: %(default)s)"
    )
    parser.add_argument("--quiet", type=_seconds, default=Patience.quiet, help="for nothing more to come (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.epilog = "The backend's key comes from BACKEND_API_KEY, the webhook's secret from WEBHOOK_SECRET."
    return parser.parse_args(arguments)


def _whom(asked: argparse.Namespace) -> tuple[str, str, str]:
    """The backend's URL, key and secret: secrets on a command line would stand in everybody's list of processes."""
    if asked.url:
        return asked.url.rstrip("/"), os.environ.get("BACKEND_API_KEY", ""), os.environ.get("WEBHOOK_SECRET", "")
    stack = load()
    return stack.backend_url, stack.backend_api_key, stack.webhook_secret


def _check_address(name: str, value: str) -> None:
    if value and not _is_address(value):
        raise LocalFailure(f"{name}={value} is no base URL: it must look like http://127.0.0.1:5001.")


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address, a port that none can be
        return False


def _port(text: str) -> int:
    if not 0 <= int(text) <= _HIGHEST_PORT:
        raise ValueError
    return int(text)


def _seconds(text: str) -> float:
    if not 0 <= float(text) <= _LONGEST_PATIENCE:
        raise ValueError
    return float(text)


def _say(text: str, style: str = "") -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, style=style, markup=False)


def _show(found: Sequence[Finding]) -> None:
    table = Table()
    for title in ("", "a backend …", "seen", "what to do"):
        table.add_column(title, overflow="fold")
    for finding in found:
        style = _COLOURS[finding.verdict]
        mark = Text(f"{_MARKS[finding.verdict]} {finding.verdict}", style=style)
        table.add_row(mark, Text(finding.point), Text(finding.seen), Text(finding.advice))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    console.print(table)
    faults, left = (sum(finding.verdict is verdict for finding in found) for verdict in (Verdict.WRONG, Verdict.OPEN))
    said = f"{faults} of {len(found)} points are wrong" if faults else "Nothing is wrong"
    console.print(f"{said}, and {left} could not be seen." if left else f"{said}.")


def _printable(finding: Finding) -> Finding:
    """What was seen may quote the backend: no escape sequence, no lone surrogate, no novel."""
    seen = "".join(character if character.isprintable() else "·" for character in finding.seen[: _LONGEST_SEEN + 1])
    return replace(finding, seen=seen if len(seen) <= _LONGEST_SEEN else f"{seen[:_LONGEST_SEEN]}…")


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # the interpreter would wait for every conversation with a backend that dribbles, for hours
