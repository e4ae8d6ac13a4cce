"""Exports of the former service, and the import of them as an operator calls it."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import Result

from sorami.store import JobStore
from tests.support.samples import new_user
from tests.support.stack import Stack
from tests.unit.ops.conftest import Ask

type Rows = Sequence[Mapping[str, Any]]
type Bring = Callable[..., dict[str, Any]]


def generation(user: str, **changes: Any) -> dict[str, Any]:
    """A completed row, by the former service's names."""
    plain = {
        "id": str(uuid4()),
        "author_id": f"old-{user}",
        "prompt": "un chat astronaute 🐱‍🚀",
        "status": "completed",
        "job_id": None,
        "num_images": 1,
        "size": "1024x768",
        "format": "PNG",
        "style": "artistic",
        "quality": "high",
        "model": "sorami-1",
        "processing_time": 12.5,
        "error": None,
        "created_at": "2026-09-01T10:00:00.250Z",
        "completed_at": "2026-09-01 10:00:12.500+00",
    }
    return plain | changes


def image_file(of: Mapping[str, Any], bucket: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": str(uuid4()),
        "generation_id": of["id"],
        "filename": "image_1.png",
        "file_url": f"s3://{bucket}/images/{of['id']}/image_1.png",
        "file_size": 524_288,
        "format": "PNG",
        "width": 1024,
        "height": 768,
        "created_at": "2026-09-01T10:00:12Z",
    }
    return plain | changes


def notification(of: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    plain = {
        "id": str(uuid4()),
        "user_id": of["author_id"],
        "type": "IMAGE_COMPLETED",
        "title": "🎨 Images générées",
        "message": "1 image",
        "is_read": False,
        "read_at": None,
        "created_at": "2026-09-01T10:00:13Z",
        "metadata": {"generationId": of["id"], "imagesCount": 1},
    }
    return plain | changes


@pytest.fixture
def user() -> str:
    return new_user()


class Exports:
    """Files in a folder, and the command with all of them that there are."""

    def __init__(self, folder: Path, ask: Ask, user: str) -> None:
        self.folder, self._ask = folder, ask
        self._files: dict[str, Path] = {}
        self.put("users", [{"id": f"old-{user}", "clerk_id": user}])

    def put(self, table: str, rows: Rows) -> None:
        self.put_text(table, "jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def put_text(self, table: str, ending: str, content: str) -> None:
        path = self.folder / f"{table}.{ending}"
        path.write_text(content, encoding="utf-8", newline="")
        self._files[table] = path

    @property
    def words(self) -> list[str]:
        files = [word for table, path in self._files.items() for word in (f"--{table}", str(path))]
        report, state = self.folder / "report.jsonl", self.folder / "state.json"
        # One worker: moto is no place for races.
        return ["import", *files, "--report", str(report), "--state", str(state), "--workers", "1", "--yes"]

    def run(self, *more: str) -> Result:
        return self._ask(*self.words, *more)

    @property
    def report(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "report.jsonl").read_text(encoding="utf-8").splitlines()]

    @property
    def reasons(self) -> list[tuple[str, int, str]]:
        return [(one["table"], one["line"], one["reason"]) for one in self.report]


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def exports(tmp_path: Path, ask: Ask, user: str) -> Exports:
    return Exports(tmp_path, ask, user)


@pytest.fixture
def bring(exports: Exports, stack: Stack, user: str) -> Bring:
    """Imports one generation with one image; returns its row."""

    def run(**changes: Any) -> dict[str, Any]:
        row = generation(user, **changes)
        exports.put("generations", [row])
        exports.put("images", [image_file(row, stack.images_bucket)])
        answer = exports.run()
        assert answer.exit_code == 0, answer.output
        return row

    return run
