"""What the logs say of a job, whichever way an engine packs its lines."""

import json
from typing import Any

from ops.history import logged_of, marks_of
from tests.support.samples import minutes, pending_job

JOB = pending_job()


def line(**fields: Any) -> str:
    return json.dumps({"level": "INFO", "service": "webhook", "job_id": JOB.job_id} | fields)


class FakeLogs:
    """Two groups; in the one a line is an event, in the other an invocation is."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, _operation: str) -> "FakeLogs":
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        self.asked.append(asked)
        if asked["logGroupName"] == "g/webhook":
            first = line(message="applied", state="GENERATING", progress=60, timestamp="2026-01-02 12:00:02,500+0000")
            return [{"events": [{"timestamp": 1, "message": first}]}]
        another = json.dumps({"job_id": "another", "message": "x"})
        answered = line(level="DEBUG", message="answered")
        begun = f"START RequestId: {JOB.job_id}\n{line(message='submitted')}\n{answered}\n{another}\nEND"
        return [{"events": []}, {"events": [{"timestamp": 1_767_355_200_007, "message": begun}]}]


def test_every_functions_lines_of_the_job_are_read_in_their_order_but_those_of_answers() -> None:
    logs = FakeLogs()
    groups = {"GenerateLogs": "g/generate", "WebhookLogs": "g/webhook", "ApiLogs": "g/api", "JobsTable": "t"}
    found = logged_of(logs, groups, JOB)  # type: ignore[arg-type]
    assert [(mark.by, mark.what) for mark in sorted(found, key=lambda mark: mark.by)] == [
        ("generate", "submitted"),
        ("webhook", "applied, state GENERATING, progress 60"),
    ]
    assert {mark.by: mark.at.microsecond for mark in found} == {"generate": 7000, "webhook": 500_000}
    assert {one["logGroupName"] for one in logs.asked} == {"g/generate", "g/webhook"}
    assert all(one["startTime"] < JOB.created_at.timestamp() * 1000 for one in logs.asked)


def test_a_job_by_itself_tells_what_it_has_marks_of() -> None:
    watched = pending_job(looks=3, watched_since=minutes(2), answered_at=minutes(1))
    assert [mark.what for mark in marks_of(watched)] == [
        "accepted, PENDING",
        "its backend, asked, said that it is at work",
        "reconcile began to look after it; 3 look(s) so far",
    ]
