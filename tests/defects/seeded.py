"""The seeded defects: which guard is taken out of which file, and which tests are to notice (seeded.toml)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """`guard` is a text that stands once in `file`, a path from the root; `without` is what stands there instead."""

    name: str
    file: str
    guard: str
    without: str
    tests: tuple[str, ...]

    def seeded_in(self, source: str) -> str:
        """The file's text without the guard. Raises ValueError if the guard does not stand in it exactly once."""
        if (found := source.count(self.guard)) != 1:
            raise ValueError(f"{self.name!r}: its guard stands {found} times in {self.file}")
        return source.replace(self.guard, self.without)


def load_defects() -> list[Defect]:
    """All of them, in the order of the file."""
    described = tomllib.loads((Path(__file__).parent / "seeded.toml").read_text())["defect"]
    return [Defect(**{**one, "tests": tuple(one["tests"])}) for one in described]
