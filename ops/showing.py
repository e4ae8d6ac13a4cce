"""How the console shows things: tables and sentences for people, one JSON document for programs."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 120
"""Columns of a terminal from which on a table shows all that it has."""

_UNPIPED = 160
_GAP = 2  # columns between two cells
_NARROWEST = 8
_STATE_STYLES = {"COMPLETED": "green", "FAILED": "red", "CANCELLED": "dim", "PENDING": "yellow"}


@dataclass(frozen=True)
class Column:
    """`cut`: one line, however long the text is; `keep`: never broken, since people copy it; `fold`: as many lines as needed."""

    title: str
    room: Literal["cut", "keep", "fold"] = "fold"
    align: Literal["left", "right"] = "left"


def console(*, stderr: bool = False) -> Console:
    """As wide as the terminal, or as COLUMNS says; into a pipe or a file 160 columns."""
    stream = sys.stderr if stderr else sys.stdout
    known = stream.isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, highlight=False, width=None if known else _UNPIPED)


def is_wide() -> bool:
    return console().width >= WIDE


def say(text: str, style: str = "") -> None:
    """A sentence, whole on its line however narrow the terminal: people and programs search for it."""
    out = console()
    out.print(Text(text, style=style), soft_wrap=True)


def tell(text: str) -> None:
    """Prose, broken where the terminal ends."""
    console().print(Text(printable(text)))


def warn(text: str) -> None:
    """Beside the answer, on stderr."""
    console(stderr=True).print(Text(text, style="red"), soft_wrap=True)


def print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def print_json_line(content: object) -> None:
    """One document on one line, at once, for whoever reads while more is to come."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str | Text]]) -> None:
    """What is left of the line beside the other columns is the cut one's, of which there is one at most."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    widths = [
        max(cell.cell_len for cell in (Text(one.title), *column))
        for one, column in zip(columns, zip(*cells, strict=True), strict=True)
    ]
    kept = sum(width for one, width in zip(columns, widths, strict=True) if one.room == "keep")
    left = max(console().width - kept - _GAP * (len(columns) - 1), _NARROWEST)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for one, width in zip(columns, widths, strict=True):
        table.add_column(one.title, overflow="fold", width=width if one.room == "keep" else None, justify=one.align)
    for row in cells:
        for one, cell in zip(columns, row, strict=True):
            if one.room == "cut":
                cell.truncate(left, overflow="ellipsis")
        table.add_row(*row)
    console().print(table)


def print_pairs(pairs: Sequence[tuple[str, str | Text]]) -> None:
    """Names and values beside each other, for one thing's own facts."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(name, _cell(value))
    console().print(grid)


def print_heading(text: str) -> None:
    out = console()
    out.print()
    out.print(Text(text, style="bold cyan"))


def _cell(cell: str | Text) -> Text:
    return cell.copy() if isinstance(cell, Text) else Text(printable(cell))


def printable(text: str) -> str:
    """What users wrote, without characters that move a terminal's cursor."""
    return "".join(character if character.isprintable() else "·" for character in text)


def one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def state_text(state: str, progress: int | None = None) -> Text:
    """A job's state, in its colour, and how far an open one is."""
    style = _STATE_STYLES.get(state, "cyan")
    return Text(state if progress is None else f"{state} {progress} %", style=style)
