"""The questions that people used to ask in SQL: the latest jobs, one job with its images, the notifications."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.stack import Tables
from sorami.feed import Feed, Notification, notification_from_values
from sorami.items import from_item, job_from_item
from sorami.jobs import Job
from sorami.store import JobStore
from sorami.tombstones import is_tombstone

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import ScanInputPaginateTypeDef

SCAN_BOUND = 5000
"""How many rows a scan looks at, at most: a question at the console must never cost like a report."""


def latest_jobs(tables: Tables, count: int) -> tuple[list[Job], bool]:
    """The newest jobs of all users, and whether the whole table was seen (else: the newest of its first 5,000 rows)."""
    rows, whole = _bounded_scan(tables, tables.jobs)
    items = [row for row in rows if not is_tombstone(row)]
    # Newest first by the stored text, so that only the few that are shown are read in full.
    items.sort(key=lambda item: item["created_at"]["S"], reverse=True)
    return [job_from_item(item) for item in items[:count]], whole


def find_job(tables: Tables, job_id: str) -> Job:
    """Raises JobNotFound."""
    return JobStore(tables.client, tables.jobs).get(job_id)


def latest_notifications(tables: Tables, user_id: str | None, count: int) -> tuple[list[Notification], bool]:
    """One user's notifications by a query, or all users' by a bounded scan; newest first."""
    if user_id:
        return list(Feed(tables.client, tables.notifications).page(user_id, limit=count).notifications), True
    items, whole = _bounded_scan(tables, tables.notifications)
    found = sorted((item for item in items if "title" in item), key=lambda item: item["sort"]["S"], reverse=True)
    return [notification_from_values(from_item(item)) for item in found[:count]], whole


def _bounded_scan(tables: Tables, table: str) -> tuple[list[dict[str, dict[str, str]]], bool]:
    items: list[dict[str, dict[str, str]]] = []
    for page, more in _pages(tables, table):
        items += page
        if len(items) >= SCAN_BOUND:
            return items[:SCAN_BOUND], not more and len(items) == SCAN_BOUND
    return items, True


def _pages(tables: Tables, table: str) -> Iterator[tuple[list[dict[str, dict[str, str]]], bool]]:
    request: ScanInputPaginateTypeDef = {"TableName": table, "PaginationConfig": {"PageSize": 1000}}
    for answer in tables.client.get_paginator("scan").paginate(**request):
        yield answer["Items"], "LastEvaluatedKey" in answer  # type: ignore[misc]  # stubs: values of any kind
