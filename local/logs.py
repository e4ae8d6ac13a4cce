"""Follows what the functions write to CloudWatch Logs and what a child process writes to its file."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mypy_boto3_lambda import LambdaClient
from mypy_boto3_logs import CloudWatchLogsClient

# An invocation's lines carry the moment it ended; a poll looks this far back for those that were written while the last one ran.
_OVERLAP_MS = 5_000


@dataclass(frozen=True)
class Event:
    when: datetime
    name: str
    message: str


@dataclass
class FunctionLogs:
    """`groups`: function → log group. MiniStack writes one whole stream per invocation: a stream is news once."""

    client: CloudWatchLogsClient
    groups: Mapping[str, str]
    began: int = field(default_factory=lambda: int(time.time() * 1000))
    latest: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def news(self) -> list[Event]:
        events: list[Event] = []
        start = max(self.began, self.latest - _OVERLAP_MS)
        arrived: dict[str, int] = {}
        for name, group in self.groups.items():
            for stream, timestamp, message in self._read(group, start):
                if stream not in self.seen:
                    events.append(Event(datetime.fromtimestamp(timestamp / 1000, UTC).astimezone(), name, message))
                    arrived[stream] = timestamp
        self.latest = max([self.latest, *arrived.values()])
        self.seen = {stream: at for stream, at in (self.seen | arrived).items() if at >= start}
        return sorted(events, key=lambda event: event.when)

    def _read(self, group: str, start: int) -> Iterator[tuple[str, int, str]]:
        try:
            for page in self.client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start):
                for event in page["events"]:
                    yield event["logStreamName"], event["timestamp"], event["message"]
        except self.client.exceptions.ResourceNotFoundException:
            return  # a function that was never called has no group yet


def log_groups(client: LambdaClient, functions: Mapping[str, str]) -> dict[str, str]:
    """Short name → log group, for functions given as logical id → physical name; a template may name the group itself."""
    groups = {}
    for logical, physical in sorted(functions.items()):
        chosen = client.get_function_configuration(FunctionName=physical).get("LoggingConfig", {}).get("LogGroup")
        groups[logical.removesuffix("Function").lower()] = chosen or f"/aws/lambda/{physical}"
    return groups


@dataclass
class FileLog:
    name: str
    path: Path
    offset: int = 0

    def news(self) -> list[Event]:
        with self.path.open("rb") as log:
            log.seek(self.offset)
            whole, newline, _ = log.read().rpartition(b"\n")
        self.offset += len(whole) + len(newline)
        now = datetime.now(UTC).astimezone()
        return [Event(now, self.name, line) for line in whole.decode("utf-8", "replace").splitlines()]
