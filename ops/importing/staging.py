"""Users and image rows in a database of the run's own on disk, so that memory stays small however large the exports are."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedImage:
    """A row of `image_files` by our names, and where it stands."""

    line: int
    fields: Mapping[str, Any]


class Staging:
    """To be used in a `with`, in one thread."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.executescript(
            "CREATE TABLE users (old TEXT PRIMARY KEY, sub TEXT NOT NULL);"
            "CREATE TABLE images (line INTEGER PRIMARY KEY, generation TEXT NOT NULL, fields TEXT NOT NULL);"
            "CREATE INDEX by_generation ON images (generation, line);"
            "CREATE TABLE met (generation TEXT PRIMARY KEY, job TEXT NOT NULL UNIQUE);"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._database.close()

    def add_user(self, old: str, sub: str) -> bool:
        """False if that id has another `sub` already, which stays."""
        self._database.execute("INSERT OR IGNORE INTO users VALUES (?, ?)", (old, sub))
        return self.sub_of(old) == sub

    def sub_of(self, old: str) -> str | None:
        found = self._database.execute("SELECT sub FROM users WHERE old = ?", (old,)).fetchone()
        return found[0] if found else None

    def add_image(self, line: int, generation: str, fields: Mapping[str, Any]) -> None:
        self._database.execute("INSERT INTO images VALUES (?, ?, ?)", (line, generation, json.dumps(fields)))

    def images_of(self, generation: str) -> list[StagedImage]:
        """In the order of the file."""
        found = self._database.execute("SELECT line, fields FROM images WHERE generation = ? ORDER BY line", (generation,))
        return [StagedImage(line=line, fields=json.loads(fields)) for line, fields in found]

    def meet(self, generation: str, job_id: str) -> bool:
        """Its images are no orphans, and this is its job. False if another generation has that job."""
        self._database.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (generation, job_id))
        return self.job_of(generation) == job_id

    def job_of(self, generation: str) -> str | None:
        found = self._database.execute("SELECT job FROM met WHERE generation = ?", (generation,)).fetchone()
        return found[0] if found else None

    def orphans(self) -> Iterator[tuple[int, str]]:
        """Line and generation of each image whose generation was never met."""
        yield from self._database.execute(
            "SELECT line, generation FROM images WHERE generation NOT IN (SELECT generation FROM met) ORDER BY line"
        )
