"""Rows of an exported file, one at a time: CSV as MySQL or PostgreSQL writes it, or JSON lines. A row that cannot be read is said
and the next one is read."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

MOST_CHARACTERS = 1024 * 1024
"""A longer row is none: a quote was left open, and the rest of the file would be read into it."""

_SAMPLE = 1024 * 1024


class Form(StrEnum):
    """How a file is written. `mysql`: `SELECT … INTO OUTFILE` with commas and quotes, with `\\N` and backslashes; `mysql-tabs`:
    as MySQL does it unasked, where a quote is a quote; `postgres`: `\\copy … CSV`, where nothing between two commas is null and
    a backslash is one."""

    MYSQL = "mysql"
    MYSQL_TABS = "mysql-tabs"
    POSTGRES = "postgres"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row by its columns' names; None is null. `number` counts rows from 1, `line` is where it begins in the file.

    `fault` says why it could not be read; then there are no values.
    """

    number: int
    line: int
    values: Mapping[str, Any]
    fault: str | None = None


def form_of(path: Path) -> Form:
    """Judged by the beginning of the file: braces, then what only MySQL writes. Raises OSError."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        sample = file.read(_SAMPLE)
    if sample.lstrip().startswith("{"):
        return Form.JSONL
    first = sample.partition("\n")[0]
    if "\t" in first:
        return Form.MYSQL_TABS
    return Form.MYSQL if re.search(r"(?:^|,)\\N(?:[,\r]|$)", sample, re.MULTILINE) else Form.POSTGRES


def rows_of(path: Path, form: Form, columns: Sequence[str] | None = None) -> Iterator[Row]:
    """The rows in their order. `columns`: their names, for a file without a header. Raises OSError."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        if form is Form.JSONL:
            yield from _json_rows(file)
        else:
            yield from _csv_rows(file, form, columns)


def _json_rows(file: TextIO) -> Iterator[Row]:
    number = 0
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        number += 1
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            yield Row(number=number, line=line, values={}, fault="is not JSON")
            continue
        if isinstance(values, dict):
            yield Row(number=number, line=line, values=values)
        else:
            yield Row(number=number, line=line, values={}, fault="is no JSON object")


def _csv_rows(file: TextIO, form: Form, columns: Sequence[str] | None) -> Iterator[Row]:
    names = columns
    number = 0
    for line, text in _records(file, form):
        cells = _cells(text, form)
        if names is None:
            names = [cell or "" for cell in cells or []]
            continue
        number += 1
        if cells is None:
            yield Row(number=number, line=line, values={}, fault="has a quote that is not closed")
        elif len(cells) != len(names):
            yield Row(number=number, line=line, values={}, fault=f"has {len(cells)} columns instead of {len(names)}")
        else:
            yield Row(number=number, line=line, values=dict(zip(names, cells, strict=True)))


def _records(file: TextIO, form: Form) -> Iterator[tuple[int, str]]:
    """Rows as text, with the line in which they begin; an ending inside quotes, or behind a backslash, is part of the row.

    What is too long without an end is given as its first line alone, and reading goes on with the second.
    """
    lines = enumerate(file, start=1)
    waiting: list[tuple[int, str]] = []
    while True:
        start, text = waiting.pop(0) if waiting else next(lines, (0, ""))
        if not start:
            return
        taken = [(start, text)]
        length = len(text)
        is_open = _OpenEnd(form)
        while is_open.after(text) and length <= MOST_CHARACTERS:
            following = waiting.pop(0) if waiting else next(lines, (0, ""))
            if not following[0]:
                break
            taken.append(following)
            text = following[1]
            length += len(text)
        if is_open.state and len(taken) > 1:
            waiting = taken[1:] + waiting
            taken = taken[:1]
        record = "".join(one for _, one in taken)
        if record.strip("\r\n"):
            yield start, record.removesuffix("\n").removesuffix("\r")


class _OpenEnd:
    """Whether a row goes on after this line: quotes are open, or a backslash stands before its end."""

    def __init__(self, form: Form) -> None:
        self._escapes = form is not Form.POSTGRES
        self._quotes = form is not Form.MYSQL_TABS
        self._quoted = False
        self.state = False

    def after(self, line: str) -> bool:
        plain = re.sub(r"\\.", "", line, flags=re.DOTALL) if self._escapes else line
        self._quoted ^= self._quotes and plain.count('"') % 2 == 1
        self.state = self._quoted or (self._escapes and len(re.findall(r"(?:^|[^\\])(?:\\\\)*\\\r?\n$", line)) > 0)
        return self.state


_PATTERNS = {
    Form.MYSQL: re.compile(r'(?:"((?:[^"\\]|\\.|"")*)"|((?:[^\\,"]|\\.)*))(,|\Z)', re.DOTALL),
    Form.MYSQL_TABS: re.compile(r"(?:(\b\B)|((?:[^\\\t]|\\.)*))(\t|\Z)", re.DOTALL),  # no first group: nothing is quoted
    Form.POSTGRES: re.compile(r'(?:"((?:[^"]|"")*)"|([^,"]*))(,|\Z)', re.DOTALL),
}


def _cells(text: str, form: Form) -> list[str | None] | None:
    """None if the row is not one."""
    cells: list[str | None] = []
    place = 0
    while True:
        found = _PATTERNS[form].match(text, place)
        if found is None:
            return None
        cells.append(_cell(found, form))
        place = found.end()
        if not found[3]:
            return cells


_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


def _cell(found: re.Match[str], form: Form) -> str | None:
    quoted, bare = found[1], found[2]
    if form is Form.POSTGRES:
        return quoted.replace('""', '"') if quoted is not None else bare or None
    if bare == r"\N" or (bare == "NULL" and quoted is None):
        return None
    text = quoted.replace('""', '"') if quoted is not None else bare
    return re.sub(r"\\(.)", lambda escape: _ESCAPED.get(escape[1], escape[1]), text, flags=re.DOTALL)
