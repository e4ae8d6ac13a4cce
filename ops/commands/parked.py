"""`sorami parked …`: the stream records that notify could not read, and their way back through it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from ops.exits import Exit, NotThere
from ops.options import DEFAULT_STACK, AsJson, DryRun, StackName, Yes, add, ask_before, examples
from ops.redriving import MESSAGE_BOUND, Held, Look, put_back, send_again, take_all
from ops.showing import Column, is_wide, one_line, print_json, print_table, say
from ops.spans import moment
from ops.stack import Notify, Place, notify_of, place_of
from sorami.times import iso

app = typer.Typer(
    help="Stream records that notify could not read: their users have not been told of an outcome yet.",
    no_args_is_help=True,
    epilog=examples("sorami parked list", "sorami parked redrive --dry-run --stack sorami-prod"),
)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Event ids or job ids (default: everything).", show_default=False)
]


@dataclass
class _Taken:
    """What was on the queue, hidden from others while we look; `waiting` are the receipts that are still to be put back."""

    notify: Notify
    look: Look
    waiting: set[str] = field(default_factory=set)

    def chosen(self, names: list[str]) -> list[Held]:
        """Raises NotThere if names are given and nothing is called so."""
        found = [held for held in self.look.held if not names or held.id in names or held.parked.job_id in names]
        if names and not found:
            raise NotThere(f"Nothing parked is called {' or '.join(repr(name) for name in names)}.")
        return found


@contextmanager
def _taken(place: Place) -> Iterator[_Taken]:
    notify = notify_of(place)
    look = take_all(notify)
    waiting = {receipt for held in look.held for receipt in held.receipts} | set(look.strangers)
    taken = _Taken(notify, look, waiting)
    try:
        yield taken
    finally:
        put_back(notify, sorted(taken.waiting))


def list_all(stack: StackName = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """What is parked, oldest first, and why."""
    with _taken(place_of(stack)) as taken:
        look = taken.look
    if as_json:
        print_json([_values(held) for held in look.held])
    elif not look.held and not look.strangers:
        say("Nothing is parked.")
    else:
        _print_all(look)


def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="Its event id, or its job's id.", show_default=False)],
    stack: StackName = DEFAULT_STACK,
) -> None:
    """One record whole, as JSON."""
    with _taken(place_of(stack)) as taken:
        print_json([{**_values(held), "record": held.parked.record} for held in taken.chosen([name])])


@app.command(
    epilog=examples("sorami parked redrive --dry-run", "sorami parked redrive 01a20519-ab9e-7339-80c0-462877331fa4 --yes")
)
def redrive(
    names: Names = None, stack: StackName = DEFAULT_STACK, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Sends records through notify again, once the cause is mended. What succeeds is deleted from the queue; the rest stays.

    A notification that was made before all the same is not made twice. Exit code 5 if anything stays parked.
    """
    place = place_of(stack)
    with _taken(place) as taken:
        chosen = taken.chosen(names or [])
        if chosen and not dry_run:
            ask_before(f"{len(chosen)} record(s) go through notify of {place.shown} again. Go on?", yes=yes)
        stay = _redrive(taken, chosen, dry_run=dry_run, as_json=as_json)
    if stay and not dry_run:
        raise typer.Exit(Exit.SOMETHING_LEFT)


def _redrive(taken: _Taken, chosen: list[Held], *, dry_run: bool, as_json: bool) -> int:
    """How many stay parked. A line for each record as it goes, so that nobody waits in the dark."""
    outcomes: list[dict[str, Any]] = []
    for held in chosen:
        reason = "not sent: a dry run" if dry_run else send_again(taken.notify, held)
        if reason is None:
            taken.waiting -= set(held.receipts)
        outcomes.append({"id": held.id, "job_id": held.parked.job_id, "delivered": reason is None, "reason": reason})
        if not as_json:
            say(f"{held.id}  {held.parked.job_id or '-'}  {reason or 'delivered'}")
    stay = sum(not one["delivered"] for one in outcomes)
    if as_json:
        print_json(outcomes)
    else:
        say(f"{len(outcomes) - stay} delivered, {stay} still parked.")
    return stay


def _print_all(look: Look) -> None:
    rows = [
        [moment(held.parked.parked_at), held.parked.job_id or "", one_line(f"{held.parked.error_type}: {held.parked.error}")]
        for held in look.held
    ]
    columns = [Column("parked", "keep"), Column("job", "keep"), Column("error")]
    if is_wide():
        columns = [Column("id", "keep"), *columns, Column("left out")]
        rows = [[held.id, *row, ", ".join(held.parked.left_out)] for held, row in zip(look.held, rows, strict=True)]
    if rows:
        print_table(columns, rows)
    if look.strangers:
        say(f"{len(look.strangers)} message(s) there are no parked records; they stay.")
    if not look.is_whole:
        say(f"Only the first {MESSAGE_BOUND} messages were looked at.")


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


add(app, "list", list_all, "sorami parked list", "sorami parked list --json --stack sorami-prod")
add(app, "show", show, "sorami parked show 01a20519-ab9e-7339-80c0-462877331fa4")
