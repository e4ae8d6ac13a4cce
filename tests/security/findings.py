"""What a tool has found, and the baseline: what stays as it is, for which reason, and until when it is to be looked at again."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

BASELINE: Final = Path(__file__).with_name("baseline.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`resource`: of the template, or a file's path from the root."""

    tool: str
    rule: str
    resource: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One entry of the baseline. `resource` may hold `*`; `expires` is the last day on which it counts."""

    tool: str
    rule: str
    resource: str
    reason: str
    expires: date

    def covers(self, finding: Finding) -> bool:
        same = (self.tool, self.rule) == (finding.tool, finding.rule)
        return same and fnmatchcase(finding.resource, self.resource)


def load_baseline(text: str) -> list[Accepted]:
    """Raises TypeError for an entry that lacks a part, or has one that nobody knows."""
    return [Accepted(**entry) for entry in tomllib.loads(text).get("accepted", [])]


def breaches(findings: Iterable[Finding], baseline: Iterable[Accepted], *, ran: set[str], today: date) -> Iterator[str]:
    """In words: what no entry covers, and entries of the tools that ran which are over or cover nothing."""
    found = list(findings)
    entries = [entry for entry in baseline if entry.tool in ran]
    for one in found:
        if not any(entry.covers(one) for entry in entries):
            yield f"{one.tool} {one.rule} {one.resource}: {one.text}"
    for entry in entries:
        if entry.expires < today:
            yield f"baseline: {entry.tool} {entry.rule} {entry.resource} was accepted until {entry.expires}: look at it again"
        if not any(entry.covers(one) for one in found):
            yield f"baseline: {entry.tool} {entry.rule} {entry.resource} is found no more: take the entry out"
