"""An import of many rows on real engines, by many threads: twice is the same end state. `make import-check`: 10,000 rows."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from ops.importing.columns import Columns
from ops.importing.files import Places
from ops.importing.reporting import Fate, Journal
from ops.importing.running import FILES, GENERATIONS, NOTIFICATIONS, USERS, Export, Import
from ops.importing.writing import Writer
from sorami.artifacts import ReferencePolicy
from sorami.feed import Feed
from sorami.store import JobStore
from tests.support.engines import JOBS, Engine
from tests.support.engines import NOTIFICATIONS as NOTIFICATIONS_TABLE

ROWS = int(os.environ.get("IMPORT_ROWS", "1000"))
TOLD = ROWS // 10
MADE = (ROWS - TOLD) // 2
USERS_COUNT = 20
BUCKET = "history"


def job_id(number: int) -> str:
    return str(UUID(int=(0x7 << 76) | (0x2 << 62) | number))


def generations() -> Iterator[dict[str, Any]]:
    for number in range(MADE):
        at = f"2026-09-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
        yield {"id": job_id(number), "authorId": number % USERS_COUNT, "prompt": f"un chat {number}", "createdAt": at} | {
            "status": "FAILED" if number % 10 == 0 else "COMPLETED",
            "size": "512x512",
        }


def files() -> Iterator[dict[str, Any]]:
    for number in range(MADE):
        url = f"s3://{BUCKET}/images/{job_id(number)}/image_1.png"
        yield {"id": number, "generationId": job_id(number), "fileUrl": url, "format": "PNG", "width": 512, "height": 512}


def notifications() -> Iterator[dict[str, Any]]:
    for number in range(TOLD):
        yield {
            "id": number,
            "userId": number % USERS_COUNT,
            "type": "IMAGE_COMPLETED",
            "title": "🎨",
            "message": "1 image",
            "isRead": number % 2 == 0,
            "createdAt": "2026-09-02T00:00:00Z",
            "metadata": {"generationId": job_id(number)},
        }


def export(folder: Path, table: str, rows: Iterator[dict[str, Any]]) -> Export:
    path = folder / f"{table}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return Export(path=path, columns=Columns(table=table))


def contents(engine: Engine, table: str) -> list[str]:
    pages = engine.client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return sorted(json.dumps(item, sort_keys=True) for page in pages for item in page["Items"])


@pytest.fixture
def importing(engine: Engine, tmp_path: Path) -> Import:
    """Its tables are those of every test on this engine; what it brings is counted by its own users."""
    return Import(
        users=export(tmp_path, USERS, ({"id": n, "sub": f"imported_{n}"} for n in range(USERS_COUNT))),
        generations=export(tmp_path, GENERATIONS, generations()),
        files=export(tmp_path, FILES, files()),
        notifications=export(tmp_path, NOTIFICATIONS, notifications()),
        places=Places(policy=ReferencePolicy(images_bucket=BUCKET)),
        locale="fr",
        journal=Journal(tmp_path / "report.jsonl", tmp_path / "state.json", {}),
        writer=Writer(
            jobs=JobStore(engine.client, JOBS),
            feed=Feed(engine.client, NOTIFICATIONS_TABLE),
            s3=cast("Any", None),  # nothing is uploaded
        ),
        workers=16,
    )


def test_many_rows_twice_end_the_same(engine: Engine, importing: Import, tmp_path: Path) -> None:
    importing.run()
    first = importing.journal.tally
    once = [contents(engine, table) for table in (JOBS, NOTIFICATIONS_TABLE)]
    assert (first.of(GENERATIONS, Fate.WRITTEN), first.of(NOTIFICATIONS, Fate.WRITTEN), first.skipped) == (MADE, TOLD, 0)
    assert [sum('"imported_' in item for item in items) for items in once] == [MADE, TOLD]

    importing.journal = Journal(tmp_path / "report.jsonl", tmp_path / "state.json", {})
    importing.run()
    second = importing.journal.tally
    assert (second.of(GENERATIONS, Fate.THERE), second.of(NOTIFICATIONS, Fate.THERE), second.skipped) == (MADE, TOLD, 0)
    assert [contents(engine, table) for table in (JOBS, NOTIFICATIONS_TABLE)] == once
    if ROWS > 1000:  # asked for by hand
        print(f"\n{engine}: {2 * MADE + TOLD} rows, twice: {MADE} jobs and {TOLD} notifications, the same byte for byte")  # noqa: T201
