"""`make parked [ID=…]`, `make redrive [ID=…]`: the stream records that notify could not read, and their way back through it."""

import argparse
import json
import sys
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from local.failures import LocalFailure
from ops.redriving import MESSAGE_BOUND, Held, Look, put_back, send_again, take_all
from ops.stack import Notify, notify_of
from sorami.times import iso


def main(arguments: list[str] | None = None) -> int:
    asked = _arguments(arguments)
    try:
        notify = notify_of(asked.stack)
        look = take_all(notify)
        waiting = {receipt for held in look.held for receipt in held.receipts} | set(look.strangers)
        try:
            return _answer(asked, notify, look, waiting)
        finally:
            put_back(notify, sorted(waiting))
    except (LocalFailure, ClientError, BotoCoreError) as error:
        return _sorry(str(error))


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.parked", description=__doc__)
    parser.add_argument("--stack", help="name of a deployed CloudFormation stack (default: the local stack)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    deeds = parser.add_subparsers(dest="what", required=True)
    deeds.add_parser("list", help="what is parked, oldest first")
    deeds.add_parser("show", help="one record whole").add_argument("id", help="its event id or its job's id")
    redrive = deeds.add_parser("redrive", help="send records through notify again; what succeeds is deleted from the queue")
    redrive.add_argument("id", nargs="*", help="event ids or job ids (default: everything)")
    redrive.add_argument("--dry-run", action="store_true", help="only say what would be sent")
    return parser.parse_args(arguments)


def _answer(asked: argparse.Namespace, notify: Notify, look: Look, waiting: set[str]) -> int:
    """`waiting`: receipts that are still to be put back; those of records that are done with are taken out."""
    match asked.what:
        case "list":
            _show_all(look, as_json=asked.json)
        case "show":
            found = _chosen(look, [asked.id])
            if not found:
                return _sorry(f"Nothing parked is called {asked.id!r}.")
            _print_json([{**_values(held), "record": held.parked.record} for held in found])
        case "redrive":
            found = _chosen(look, asked.id)
            if asked.id and not found:
                return _sorry("Nothing parked is called so.")
            return _redrive(notify, found, waiting, dry_run=asked.dry_run, as_json=asked.json)
    return 0


def _chosen(look: Look, names: list[str]) -> list[Held]:
    return [held for held in look.held if not names or held.id in names or held.parked.job_id in names]


def _redrive(notify: Notify, chosen: list[Held], waiting: set[str], *, dry_run: bool, as_json: bool) -> int:
    """Exit status 1 if anything stays parked. A line for each record as it goes, so that nobody waits in the dark."""
    outcomes: list[dict[str, Any]] = []
    for held in chosen:
        reason = "not sent: a dry run" if dry_run else send_again(notify, held)
        if reason is None:
            waiting -= set(held.receipts)
        outcomes.append({"id": held.id, "job_id": held.parked.job_id, "delivered": reason is None, "reason": reason})
        if not as_json:
            _say(f"{held.id}  {held.parked.job_id or '-'}  {reason or 'delivered'}")
    stay = sum(not one["delivered"] for one in outcomes)
    if as_json:
        _print_json(outcomes)
    else:
        _say(f"{len(outcomes) - stay} delivered, {stay} still parked.")
    return 1 if stay and not dry_run else 0


def _show_all(look: Look, *, as_json: bool) -> None:
    if as_json:
        _print_json([_values(held) for held in look.held])
        return
    if not look.held and not look.strangers:
        _say("Nothing is parked.")
        return
    table = Table()
    for title in ("id", "parked", "job", "error", "left out"):
        table.add_column(title, overflow="fold")
    for held in look.held:
        said = held.parked
        cells = [held.id, iso(said.parked_at), said.job_id or "", f"{said.error_type}: {said.error}", ", ".join(said.left_out)]
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(table)
    if look.strangers:
        _say(f"{len(look.strangers)} message(s) there are no parked records; they stay.")
    if not look.is_whole:
        _say(f"Only the first {MESSAGE_BOUND} messages were looked at.")


def _values(held: Held) -> dict[str, Any]:
    said = held.parked
    return {
        "id": held.id,
        "job_id": said.job_id,
        "parked_at": iso(said.parked_at),
        "error_type": said.error_type,
        "error": said.error,
        "request_id": said.request_id,
        "left_out": list(said.left_out),
        "copies": len(held.receipts),
    }


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _sorry(text: str) -> int:
    Console(stderr=True, highlight=False).print(text, style="red", markup=False)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
