"""The questions that people used to ask in SQL: the latest jobs, one job with its images, the notifications."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from ops.stack import Tables
from sorami.feed import Feed, Notification, NotificationType, notification_from_values, notification_key
from sorami.items import from_item, job_from_item, to_item
from sorami.jobs import TERMINAL_STATES, Job, State
from sorami.store import JobStore
from sorami.times import iso, now
from sorami.tombstones import is_tombstone

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import ScanInputPaginateTypeDef

SCAN_BOUND = 5000
"""How many rows a scan looks at, unless told otherwise: a question at the console must never cost like a report."""

_PAGE = 100
_EVER = timedelta(days=36500)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which jobs are asked for; no states means all of them. `rows` bounds what is looked at, `count` what is answered."""

    states: frozenset[State] = frozenset()
    user_id: str | None = None
    since: datetime | None = None
    count: int = 20
    rows: int = SCAN_BOUND

    def matches(self, job: Job) -> bool:
        return (
            (not self.states or job.state in self.states)
            and (self.user_id is None or job.user_id == self.user_id)
            and (self.since is None or job.created_at >= self.since)
        )


def latest_jobs(tables: Tables, wanted: Wanted) -> tuple[list[Job], bool]:
    """The newest of those jobs, and whether all that could be among them were looked at.

    One user's are a query, open ones a scan of the sparse index that holds nothing else; the rest is a scan of the table.
    """
    if wanted.user_id is not None:
        found, whole = _of_user(tables, wanted, wanted.user_id)
    elif wanted.states and not wanted.states & TERMINAL_STATES:
        found, whole = open_jobs(tables, wanted.rows)
    else:
        return _scanned(tables, wanted)
    return _newest(job for job in found if wanted.matches(job))[: wanted.count], whole


def open_jobs(tables: Tables, rows: int) -> tuple[list[Job], bool]:
    """The jobs that are not finished, of all users, and whether these are all."""
    store = JobStore(tables.client, tables.jobs)
    ids = list(islice(store.due_job_ids(now() + _EVER, segment=0, segments=1), rows + 1))
    return list(store.get_many(ids[:rows], consistent=True).values()), len(ids) <= rows


def _of_user(tables: Tables, wanted: Wanted, user_id: str) -> tuple[list[Job], bool]:
    """Until there are enough or they are too old: they come newest first."""
    store = JobStore(tables.client, tables.jobs)
    found: list[Job] = []
    page = store.all_by(user_id, limit=_PAGE)
    looked_at = len(page.jobs)
    while True:
        found += [job for job in page.jobs if wanted.matches(job)]
        too_old = bool(wanted.since and page.jobs and page.jobs[-1].created_at < wanted.since)
        if page.next_key is None or too_old or len(found) >= wanted.count:
            return found, True
        if looked_at >= wanted.rows:
            return found, False
        page = store.all_by(user_id, limit=_PAGE, start=page.next_key)
        looked_at += len(page.jobs)


def _scanned(tables: Tables, wanted: Wanted) -> tuple[list[Job], bool]:
    rows, whole = _bounded_scan(tables, tables.jobs, wanted.rows)
    items = [row for row in rows if not is_tombstone(row) and _may_match(row, wanted)]
    # Newest first by the stored text, so that only the few that are shown are read in full.
    items.sort(key=lambda item: item["created_at"]["S"], reverse=True)
    return [job_from_item(item) for item in items[: wanted.count]], whole


def _may_match(item: dict[str, dict[str, str]], wanted: Wanted) -> bool:
    since = iso(wanted.since) if wanted.since else ""
    return item["created_at"]["S"] >= since and (not wanted.states or item["status"]["S"] in wanted.states)


def _newest(jobs: Iterable[Job]) -> list[Job]:
    return sorted(jobs, key=lambda job: job.created_at, reverse=True)


class Following:
    """Looks at the same jobs again and again, and tells what has changed in between."""

    def __init__(self, tables: Tables, wanted: Wanted) -> None:
        self._tables = tables
        self._wanted = wanted
        self._shown: dict[str, tuple[int, State]] = {}
        self._open: list[str] = []
        self._is_whole = True

    def look(self) -> list[Job]:
        """Those that are new or have changed since the last look, oldest change first; the first look gives the newest few."""
        is_first = not self._shown
        jobs = self._all()
        self._open = [job.job_id for job in jobs if not job.state.is_terminal]
        news = [job for job in jobs if self._shown.get(job.job_id) != (job.version, job.state) and self._wanted.matches(job)]
        self._shown |= {job.job_id: (job.version, job.state) for job in jobs}
        return sorted(_newest(news)[: self._wanted.count] if is_first else news, key=lambda job: job.updated_at)

    def _all(self) -> list[Job]:
        """A table that is too large to be looked through each time is so once; then its open jobs are, to their ends."""
        found: dict[str, Job] = {}
        if self._is_whole:
            jobs, self._is_whole = latest_jobs(self._tables, replace(self._wanted, count=self._wanted.rows))
            found = {job.job_id: job for job in jobs}
        if not self._is_whole:
            jobs, _ = open_jobs(self._tables, self._wanted.rows)
            found |= {job.job_id: job for job in jobs}
            found |= JobStore(self._tables.client, self._tables.jobs).get_many(sorted(set(self._open) - found.keys()))
        return list(found.values())


def find_job(tables: Tables, job_id: str) -> Job:
    """Raises JobNotFound."""
    return JobStore(tables.client, tables.jobs).get(job_id)


def notification_of(tables: Tables, job: Job) -> Notification | None:
    """What the job's user was told of its outcome, if it has one that is told."""
    if job.finished_at is None or job.state is State.CANCELLED:
        return None
    kind = NotificationType.IMAGE_COMPLETED if job.state is State.COMPLETED else NotificationType.IMAGE_FAILED
    key = notification_key(finished_at=job.finished_at, job_id=job.job_id, kind=kind)
    answer = tables.client.get_item(
        TableName=tables.notifications, Key=to_item({"user_id": job.user_id, "sort": key}), ConsistentRead=True
    )
    return notification_from_values(from_item(answer["Item"])) if "Item" in answer else None


def latest_notifications(
    tables: Tables, user_id: str | None, count: int, *, unread_only: bool = False, rows: int = SCAN_BOUND
) -> tuple[list[Notification], bool]:
    """One user's notifications by a query, or all users' by a bounded scan; newest first."""
    if user_id:
        return _feed_of(Feed(tables.client, tables.notifications), user_id, count, unread_only=unread_only, rows=rows)
    items, whole = _bounded_scan(tables, tables.notifications, rows)
    told = (item for item in items if "title" in item and not (unread_only and "read_at" in item))
    found = sorted(told, key=lambda item: item["sort"]["S"], reverse=True)
    return [notification_from_values(from_item(item)) for item in found[:count]], whole


def _feed_of(feed: Feed, user_id: str, count: int, *, unread_only: bool, rows: int) -> tuple[list[Notification], bool]:
    found: list[Notification] = []
    after: str | None = None
    for _ in range(0, rows, _PAGE):
        page = feed.page(user_id, limit=_PAGE, after=after)
        found += [one for one in page.notifications if not (unread_only and one.read_at)]
        after = page.next_key
        if after is None or len(found) >= count:
            return found[:count], True
    return found[:count], False


def _bounded_scan(tables: Tables, table: str, rows: int) -> tuple[list[dict[str, Any]], bool]:
    items: list[dict[str, Any]] = []
    request: ScanInputPaginateTypeDef = {"TableName": table, "PaginationConfig": {"PageSize": 1000}}
    for page in tables.client.get_paginator("scan").paginate(**request):
        items += page["Items"]
        if len(items) >= rows:
            return items[:rows], "LastEvaluatedKey" not in page and len(items) == rows
    return items, True
