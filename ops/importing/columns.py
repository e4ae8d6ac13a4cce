"""Which column of an export is which: expected names, in snake_case or camelCase, and a map for those that have others."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXPECTED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "users": {
        "id": ("id",),
        "sub": ("sub", "clerk_id", "clerk_user_id", "external_id", "auth_id"),
    },
    "image_generations": {
        "id": ("id",),
        "author_id": ("author_id", "user_id", "author", "owner_id"),
        "prompt": ("prompt",),
        "status": ("status",),
        "job_id": ("job_id",),
        "num_images": ("num_images",),
        "size": ("size",),
        "format": ("format",),
        "style": ("style",),
        "quality": ("quality",),
        "model": ("model", "model_name"),
        "processing_time": ("processing_time",),
        "error": ("error", "error_message"),
        "created_at": ("created_at",),
        "completed_at": ("completed_at", "updated_at"),
    },
    "image_files": {
        "id": ("id",),
        "generation_id": ("generation_id", "image_generation_id"),
        "filename": ("filename", "file_name"),
        "file_url": ("file_url", "url"),
        "file_path": ("file_path",),
        "file_size": ("file_size", "size_bytes"),
        "format": ("format",),
        "width": ("width",),
        "height": ("height",),
        "description": ("description",),
        "created_at": ("created_at",),
    },
    "notifications": {
        "id": ("id",),
        "user_id": ("user_id", "author_id"),
        "type": ("type",),
        "title": ("title",),
        "message": ("message",),
        "is_read": ("is_read", "read"),
        "read_at": ("read_at",),
        "created_at": ("created_at",),
        "metadata": ("metadata", "data"),
    },
}
"""Table → field → the columns that are looked for, the first that is there wins."""

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class BadColumnMap(Exception):
    """The file with the names of columns cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """`names`: field → column, as the map says. `header`: the columns in their order, for a file that does not name them."""

    table: str
    names: Mapping[str, str] = field(default_factory=dict)
    header: Sequence[str] | None = None

    def fields(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row by our names; null where there is no such column."""
        known = {snake(name): value for name, value in row.items()}
        found: dict[str, Any] = {}
        for name, expected in EXPECTED[self.table].items():
            if name in self.names:
                found[name] = row.get(self.names[name], known.get(snake(self.names[name])))
            else:
                found[name] = next((known[one] for one in expected if known.get(one) is not None), None)
        return found


def snake(name: str) -> str:
    """`fileUrl` as `file_url`."""
    return _CAPITAL.sub("_", name.strip()).lower()


def read_map(path: Path) -> dict[str, Columns]:
    """A TOML file: `[image_generations]`, `author_id = "owner"`, and `columns = ["id", …]` without a header.

    Raises OSError, BadColumnMap.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadColumnMap(f"{path} is no TOML: {error}") from error
    return {table: _columns(path, table, names) for table, names in said.items()}


def _columns(path: Path, table: str, names: Any) -> Columns:
    if table not in EXPECTED or not isinstance(names, dict):
        raise BadColumnMap(f"{path}: {table!r} is none of the tables {', '.join(EXPECTED)}")
    header = names.pop("columns", None)
    if header is not None and not (isinstance(header, list) and all(isinstance(one, str) for one in header)):
        raise BadColumnMap(f"{path}: columns of {table} must be a list of names")
    for name, column in names.items():
        if name not in EXPECTED[table] or not isinstance(column, str):
            raise BadColumnMap(f"{path}: {table} has no field {name!r}; there are {', '.join(EXPECTED[table])}")
    return Columns(table=table, names=names, header=header)
