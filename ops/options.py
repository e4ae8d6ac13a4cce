"""The options that commands share, each with one meaning everywhere, and what a command asks before it writes."""

import sys
from collections.abc import Callable
from inspect import cleandoc
from typing import Annotated

import typer
from rich.markup import escape

from ops.exits import Refused
from ops.showing import say
from ops.stack import LOCAL

StackName = Annotated[
    str,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="A deployed CloudFormation stack by its name, or local, or the folder of another local stack's stack.json.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask at a terminal before writing.")]
Rows = Annotated[
    int, typer.Option("--rows", min=1, metavar="N", help="How many rows of a table are looked at, at most, where all may count.")
]

DEFAULT_STACK = LOCAL


def ask_before(deed: str, *, yes: bool) -> None:
    """At a terminal a person says yes first; a program has said so by calling. Raises Refused."""
    if yes or not is_terminal():
        return
    if not typer.confirm(deed, err=True):
        raise Refused("Nothing was done.")


def is_terminal() -> bool:
    return sys.stdin.isatty()


def say_dry_run(deed: str) -> None:
    say(f"Dry run, nothing was written. {deed}", style="yellow")


def examples(*lines: str) -> str:
    """The end of a --help."""
    return "\n".join(["[bold]Examples[/bold]", *(f"  {escape(line)}" for line in lines)])


def add(app: typer.Typer, name: str, command: Callable[..., None], *lines: str) -> None:
    """Adds the command; its --help is its docstring, broken where the terminal ends, and these examples."""
    paragraphs = cleandoc(command.__doc__ or "").split("\n\n")
    help_text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    app.command(name, help=help_text, epilog=examples(*lines))(command)
