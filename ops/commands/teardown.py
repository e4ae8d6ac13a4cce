"""`sorami teardown`: a throw-away stack goes, and all that it kept."""

from typing import Annotated

import typer

from ops.demolition import Remains, find, take_down
from ops.exits import Refused
from ops.options import AsJson, DryRun, is_terminal, say_dry_run
from ops.showing import print_json, say
from ops.stack import Place, place_of

EXAMPLES = ("sorami teardown --stack sorami-dev --dry-run", "sorami teardown --stack sorami-dev")

Doomed = Annotated[str, typer.Option("--stack", metavar="NAME", help="The stack; there is no default. Not one in production.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for the stack's name. A program has to say so.")]


def tear_down(stack: Doomed, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Deletes a stack that is not in production, with its tables, its bucket and all files in it. Nothing brings them back.

    It asks for the stack's name first. Called again it goes on where it was interrupted, and finds what a stack has left that
    was deleted by other means in the last 90 days.

    Refused (exit code 4): a stack with Environment=prod, one of another template, and a program that does not say --yes.
    """
    place = place_of(stack)
    remains = find(place)
    if not dry_run:
        _ask(place, remains, yes=yes)
        take_down(place, remains, say if not as_json else lambda _: None)
    if as_json:
        found = {"stack": place.stack_name, "stands": remains.is_there, "tables": remains.tables, "bucket": remains.bucket}
        print_json(found | {"written": not dry_run, "dry_run": dry_run})
    elif dry_run:
        say_dry_run(f"These would go: {_named(place, remains)}.")
    else:
        say(f"Nothing is left of {place.stack_name}.")


def _ask(place: Place, remains: Remains, *, yes: bool) -> None:
    """Raises Refused."""
    if yes:
        return
    if not is_terminal():
        raise Refused("Nothing was done: without a terminal to ask at, say --yes.")
    say(f"For good: {_named(place, remains)}.")
    if typer.prompt("The stack's name, to go on", default="", show_default=False, err=True) != place.stack_name:
        raise Refused("Nothing was done.")


def _named(place: Place, remains: Remains) -> str:
    stands = [f"the stack {place.stack_name}"] if remains.is_there else []
    return ", ".join(
        [*stands, *(f"the table {one}" for one in remains.tables), f"the bucket {remains.bucket} with all files in it"]
    )
