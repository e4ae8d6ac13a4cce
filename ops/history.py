"""What a job has gone through: the marks that it carries itself, and, where asked for, what the functions logged of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sorami.jobs import Job
from sorami.times import to_milliseconds

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_API_LOGS = "ApiLogs"  # the gateway's access log names no job
_CLOCKS_APART = timedelta(minutes=5)
_PLAIN = frozenset(
    {"level", "location", "message", "timestamp", "service", "cold_start", "function_name", "function_memory_size"}
    | {"function_arn", "function_request_id", "correlation_id", "job_id", "xray_trace_id", "notification_id"}
)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something that happened at a time. `by` is who wrote it down: the job itself, or a function's log."""

    at: datetime
    what: str
    by: str


def marks_of(job: Job) -> list[Mark]:
    """Oldest first. A job holds the last of each kind of event: the states in between stand in the logs alone."""
    said: list[tuple[datetime | None, str]] = [
        (job.created_at, "accepted, PENDING"),
        (job.watched_since, f"reconcile began to look after it; {job.looks} look(s) so far"),
        (job.answered_at, "its backend, asked, said that it is at work"),
        (None if job.finished_at or job.version == 1 else job.updated_at, f"{job.state} {job.progress} %: {job.message}"),
        (job.generated_at, "the backend had the images, by its clock"),
        (job.finished_at, _end_of(job)),
    ]
    marks = [Mark(at=at, what=what, by="job") for at, what in said if at is not None]
    return sorted(marks, key=lambda mark: mark.at)


def _end_of(job: Job) -> str:
    code = f" ({job.error_code}{', by our own clock' if job.deadline_passed else ''})" if job.error_code else ""
    return f"{job.state}{code}: {job.message}"


def logged_of(logs: "CloudWatchLogsClient", groups: Mapping[str, str], job: Job) -> list[Mark]:
    """What the functions logged of the job, oldest first. `groups`: resources by logical name, of which the `…Logs` are read."""
    start = int((job.created_at - _CLOCKS_APART).timestamp() * 1000)
    found: list[Mark] = []
    for logical, group in groups.items():
        if logical.endswith("Logs") and logical != _API_LOGS:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=start, filterPattern=f'"{job.job_id}"'
            )
            for event in (event for page in pages for event in page["events"]):
                found += _read(event["message"], event["timestamp"], logical.removesuffix("Logs").lower(), job.job_id)
    return sorted(found, key=lambda mark: mark.at)


def _read(message: str, timestamp: int, function: str, job_id: str) -> Iterator[Mark]:
    """An event is a line, or on the local engine a whole invocation's. What is read of a job (DEBUG) happens to nobody."""
    for line in message.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("job_id") == job_id and "message" in said and said.get("level") != "DEBUG":
            more = "".join(f", {name} {value}" for name, value in said.items() if name not in _PLAIN)
            yield Mark(at=_time(said, timestamp), what=f"{said['message']}{more}", by=function)


def _time(said: Mapping[str, Any], timestamp: int) -> datetime:
    """The line's own time, as Powertools writes it; or the event's."""
    try:
        return to_milliseconds(datetime.strptime(str(said["timestamp"]), "%Y-%m-%d %H:%M:%S,%f%z"))
    except (KeyError, ValueError):
        return to_milliseconds(datetime.fromtimestamp(timestamp / 1000, UTC))
