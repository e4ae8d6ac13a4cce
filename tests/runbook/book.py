"""The runbook as it is read: sections by alarm, the four parts of each, the commands in them."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs/runbook.md"
PARTS = ("It means", "Look", "Do", "Verify")


@dataclass(frozen=True)
class Section:
    alarm: str
    parts: dict[str, str]

    def commands(self, part: str) -> list[str]:
        """What stands in it as `sorami …`, without the name of the console."""
        return re.findall(r"`sorami ([^`]+)`", self.parts[part])


@cache
def sections() -> dict[str, Section]:
    pieces = re.split(r"^## (\w+Alarm)$", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {alarm: _section(alarm, text) for alarm, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def _section(alarm: str, text: str) -> Section:
    found = re.split(r"^\*\*(.+?)\.\*\* ", text.partition("\n## ")[0], flags=re.MULTILINE)
    return Section(alarm, dict(zip(found[1::2], found[2::2], strict=True)))
