"""What an import says of the rows that it left out or changed, and how far it is: two files that outlive it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Fate(StrEnum):
    """What became of a row. `changed` comes beside one of the others."""

    WRITTEN = "written"
    THERE = "already there"
    SKIPPED = "skipped"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One line of the report: a row that was skipped or changed, and why."""

    table: str
    line: int
    id: str
    fate: Fate
    reason: str
    detail: str


@dataclass(slots=True)
class Tally:
    """How many rows of each table met which fate, and how many remarks had which reason."""

    fates: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def count(self, table: str, fate: Fate) -> None:
        self.fates[f"{table}:{fate}"] += 1

    def of(self, table: str, fate: Fate) -> int:
        return self.fates[f"{table}:{fate}"]

    @property
    def skipped(self) -> int:
        return sum(number for name, number in self.fates.items() if name.endswith(f":{Fate.SKIPPED}"))


class StateMismatch(Exception):
    """The state file belongs to an import of other files, or into another stack."""


class Journal:
    """The report, in JSON lines, and the state: how far the import is. `save` comes when rows are done with, never before."""

    def __init__(self, report: Path, state: Path | None, identity: Mapping[str, Any]) -> None:
        """`identity`: what must be the same for an import to be gone on with. No state file: nothing is remembered.

        Raises OSError, StateMismatch.
        """
        self.tally = Tally()
        self._report, self._state, self._identity = report, state, dict(identity)
        self._done: Counter[str] = Counter()
        self._waiting: list[Remark] = []
        self._length = 0
        if state is not None and state.exists():
            self._resume(state)
        self._report.touch()
        with self._report.open("r+b") as file:
            file.truncate(self._length)  # what an ended run wrote after its last state is written again

    def _resume(self, state: Path) -> None:
        try:
            said = json.loads(state.read_text(encoding="utf-8"))
            if said["identity"] != self._identity:
                raise StateMismatch(f"{state} belongs to another import: finish that one, or remove the file to begin anew.")
            self.tally = Tally(Counter(said["fates"]), Counter(said["reasons"]))
            self._done, self._length = Counter(said["done"]), said["report_bytes"]
        except (ValueError, KeyError, TypeError) as error:
            raise StateMismatch(f"{state} is no state of an import.") from error
        if not self._report.exists() or self._report.stat().st_size < self._length:
            raise StateMismatch(f"{self._report} has lost what {state} says it has: remove both to begin anew.")

    def done(self, part: str) -> int:
        """How many rows of this part are done with."""
        return self._done[part]

    def remark(self, remark: Remark) -> None:
        self._waiting.append(remark)
        self.tally.reasons[remark.reason] += 1
        self.tally.count(remark.table, remark.fate)

    def save(self, part: str, rows: int) -> None:
        """All rows of the part up to this one are done with."""
        self._done[part] = rows
        with self._report.open("ab") as file:
            for remark in self._waiting:
                file.write(json.dumps(asdict(remark), ensure_ascii=False).encode(errors="replace") + b"\n")
            self._length = file.tell()
        self._waiting.clear()
        if self._state is None:
            return
        content = {
            "identity": self._identity,
            "done": self._done,
            "report_bytes": self._length,
            "fates": self.tally.fates,
            "reasons": self.tally.reasons,
        }
        beside = self._state.with_name(f"{self._state.name}.new")
        beside.write_text(json.dumps(content), encoding="utf-8")
        beside.replace(self._state)

    def close(self) -> None:
        """The import is through: the next one begins at the beginning."""
        if self._state is not None:
            self._state.unlink(missing_ok=True)
