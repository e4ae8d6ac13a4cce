"""Each thing that the functions count, made to happen: what is done, and the metrics that are to come of it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import responses

import live.app
import notify.app
import reconcile.app
import reconcile.sweep
from sorami.backend import Backend
from sorami.jobs import ErrorCode, new_job_id
from sorami.times import now
from tests.support.backend_files import PICTURES
from tests.support.bench import SUBMIT, Bench
from tests.support.notifying import HOPELESS
from tests.support.samples import completed, completed_body, failed_body, new_user, progress_body
from tests.support.stack import BACKEND_URL
from tests.support.stream import record

_ASKED = re.compile(f"{BACKEND_URL}/api/images/(status|result)/")

SECONDS = {"GenerationTime", "TimeToNotification", "OpenJobAge"}
"""The metrics that are times; all others are counts."""

type Expected = dict[str, float | None]
"""Metric → the sum of its values; None where it depends on the clock."""


@dataclass(frozen=True)
class Scenario:
    service: str
    what: str
    run: Callable[[Bench], object]
    expected: Expected

    def __str__(self) -> str:
        return f"{self.service}-{self.what}"


def _by_code(code: ErrorCode) -> str:
    return f"JobsFailed{code.title().replace('_', '')}"


def _replayed(bench: Bench) -> None:
    user = new_user()
    bench.generate(user=user, key="k")
    bench.generate(user=user, key="k")


def _over_quota(bench: Bench) -> None:
    user = new_user()
    for _ in range(2):
        bench.generate(user=user, MaxOpenJobsPerUser="1")


def _contradiction(bench: Bench) -> None:
    job_id = bench.job().job_id
    bench.report(failed_body(job_id), completed_body(job_id))


def _delete(bench: Bench) -> None:
    job = bench.job()
    bench.store.apply(job.job_id, completed(job.job_id), now())
    bench.discard("DELETE /api/images/{id}", job)


def told(bench: Bench) -> None:
    job = bench.job()
    bench.store.apply(job.job_id, completed(job.job_id), now() - timedelta(seconds=3))
    bench.notify(record(bench.stack.item(job.job_id)))


def _table_away(bench: Bench) -> None:
    job = bench.job()
    bench.store.apply(job.job_id, completed(job.job_id), now())
    bench.monkeypatch.setattr(bench.stack, "environment", _with_another_table(bench.stack.environment))
    bench.notify(record(bench.stack.item(job.job_id)))


def _with_another_table(environment: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    return lambda function, **more: environment(function, **more) | {"NOTIFICATIONS_TABLE": "no-such-table"}


def _no_time_to_push(bench: Bench) -> None:
    bench.monkeypatch.setattr(notify.app, "_LEFT_AFTER_PUSHES_MS", 30_000)
    bench.push("there")


def _hung_up(bench: Bench) -> None:
    user = new_user()
    bench.connect(bench.ticket(user), connections=20, user=user)


def _live_error(bench: Bench) -> None:
    bench.be("live")
    bench.monkeypatch.setattr(live.app, "answering", lambda: 1 / 0)
    bench.converse("MESSAGE")


def _unknown_to_backend(bench: Bench) -> None:
    bench.http.get(_ASKED, status=404, json={})
    bench.http.post(SUBMIT, status=202, json={})
    bench.reconcile(age=timedelta(minutes=5))


def _recovered(bench: Bench, status: str, error_code: str = "internal") -> None:
    def tell(asked: Any) -> tuple[int, dict[str, str], str]:
        job_id = asked.url.rpartition("/")[2]
        said = (
            completed_body(job_id)["data"]
            if "/result/" in asked.url
            else {"job_id": job_id, "status": status, "error_code": error_code}
        )
        return 200, {}, json.dumps(said)

    bench.http.add_callback(responses.GET, _ASKED, callback=tell)
    bench.reconcile()


def silent(bench: Bench, status: int, age: timedelta = timedelta(minutes=5)) -> None:
    bench.http.get(_ASKED, status=status, json={})
    bench.reconcile(age=age)


def _cut(bench: Bench) -> None:
    bench.monkeypatch.setattr(reconcile.app, "RESERVE_MS", 200_000)
    bench.reconcile()


def _our_mistake(bench: Bench) -> None:
    bench.monkeypatch.setattr(Backend, "status", lambda *_: 1 / 0)
    bench.reconcile()


_REFUSED_JOB: Expected = {
    "JobsCreated": 1,
    "DispatchAttempts": 1,
    "JobsRefusedByBackend": 1,
    "JobsFailed": 1,
    "JobsFailedBackendRejected": 1,
}
_DISPATCH_FAILED: Expected = {"JobsCreated": 1, "DispatchAttempts": 1, "DispatchFailed": 1}
_LOOKED: Expected = {"OpenJobAge": None, "JobsLookedAfter": 1}
_GIVEN_UP: Expected = {**_LOOKED, "BackendUnavailable": 1, "JobsGivenUp": 1, "JobsFailed": 1}

SCENARIOS = [
    Scenario("generate", "accepted", lambda b: b.generate(), {"JobsCreated": 1, "DispatchAttempts": 1}),
    Scenario("generate", "asked twice", _replayed, {"JobsCreated": 1, "DispatchAttempts": 1, "JobsReplayed": 1}),
    Scenario("generate", "over quota", _over_quota, {"JobsCreated": 1, "DispatchAttempts": 1, "JobsOverQuota": 1}),
    Scenario("generate", "backend away", lambda b: b.generate(503), _DISPATCH_FAILED),
    Scenario("generate", "wrong key", lambda b: b.generate(401), {**_DISPATCH_FAILED, "BackendMisconfigured": 1}),
    Scenario("generate", "refused", lambda b: b.generate(422), _REFUSED_JOB),
    Scenario("webhook", "progress", lambda b: b.report(progress_body(b.job().job_id)), {"WebhooksApplied": 1}),
    Scenario(
        "webhook",
        "completed",
        lambda b: b.report(completed_body(b.job().job_id)),
        {"WebhooksApplied": 1, "JobsCompleted": 1, "GenerationTime": 12.5},
    ),
    *(
        Scenario(
            "webhook",
            f"failed, {code}",
            lambda b, code=code: b.report(failed_body(b.job().job_id, error_code=code)),  # type: ignore[misc]  # defaults of lambdas
            {"WebhooksApplied": 1, "JobsFailed": 1, _by_code(code): 1},
        )
        for code in ErrorCode
    ),
    Scenario(
        "webhook",
        "twice",
        lambda b: b.report(*[progress_body(b.job().job_id)] * 2),
        {"WebhooksApplied": 1, "WebhooksIgnored": 1},
    ),
    Scenario(
        "webhook",
        "contradiction",
        _contradiction,
        {
            "WebhooksApplied": 1,
            "JobsFailed": 1,
            "JobsFailedContentModerated": 1,
            "WebhooksIgnored": 1,
            "WebhooksContradicting": 1,
        },
    ),
    Scenario("webhook", "unknown job", lambda b: b.report(progress_body(new_job_id())), {"WebhooksUnknownJob": 1}),
    Scenario("webhook", "no proof", lambda b: b.report(progress_body(new_job_id()), secret=None), {"WebhooksRefused": 1}),
    Scenario("webhook", "wrong proof", lambda b: b.report(progress_body(new_job_id()), secret="old"), {"WebhooksRefused": 1}),
    Scenario("webhook", "unreadable", lambda b: b.report("{"), {"WebhooksInvalid": 1}),
    Scenario("webhook", "too large", lambda b: b.report("x" * 300_000), {"WebhooksInvalid": 1}),
    Scenario("webhook", "no images", lambda b: b.report(completed_body(b.job().job_id, count=0)), {"WebhooksInvalid": 1}),
    Scenario("discard", "cancel", lambda b: b.discard("POST /api/images/{id}/cancel", b.job()), {"JobsCancelled": 1}),
    Scenario("discard", "delete", _delete, {"JobsDeleted": 1}),
    Scenario("notify", "told", told, {"NotificationsCreated": 1, "TimeToNotification": None}),
    Scenario("notify", "poison", lambda b: b.notify(HOPELESS["no image"]), {"RecordsParked": 1}),
    Scenario("notify", "table away", _table_away, {"RecordsToBeDeliveredAgain": 1}),
    Scenario("notify", "pushed", lambda b: b.push("there"), {"PushesSent": 1}),
    Scenario("notify", "push failed", lambda b: b.push("deaf"), {"PushesFailed": 1}),
    Scenario("notify", "left", lambda b: b.push("gone"), {"ConnectionsRemoved": 1}),
    Scenario("notify", "just connecting", lambda b: b.push("young"), {"PushesSent": 1, "ConnectionsNotThere": 1}),
    Scenario("notify", "no time to push", _no_time_to_push, {"PushesLeftOut": 1}),
    Scenario("ingest", "copied", lambda b: b.ingest(body=PICTURES["WEBP"], content_type="image/webp"), {"CopiesMade": 1}),
    Scenario("ingest", "gone", lambda b: b.ingest(status=410), {"CopiesFailed": 1}),
    Scenario("ingest", "away", lambda b: b.ingest(status=503), {"CopiesPostponed": 1}),
    Scenario("live", "let in", lambda b: b.connect(b.ticket(new_user())), {"ConnectionsOpened": 1}),
    Scenario("live", "one too many", _hung_up, {"ConnectionsOpened": 1, "ConnectionsHungUp": 1}),
    Scenario("live", "no ticket", lambda b: b.connect("none"), {"ConnectionsRefused": 1}),
    Scenario("live", "an error of ours", _live_error, {"LiveErrors": 1}),
    Scenario(
        "reconcile",
        "unknown to the backend",
        _unknown_to_backend,
        {**_LOOKED, "DispatchAttempts": 1, "JobsSubmittedAgain": 1},
    ),
    Scenario(
        "reconcile",
        "a lost report",
        lambda b: _recovered(b, "COMPLETED"),
        {**_LOOKED, "ReportsRecovered": 1, "JobsCompleted": 1, "GenerationTime": 12.5},
    ),
    *(
        Scenario(
            "reconcile",
            f"a lost report of a failure, {code}",
            lambda b, code=code: _recovered(b, "FAILED", code),  # type: ignore[misc]  # defaults of lambdas
            {**_LOOKED, "ReportsRecovered": 1, "JobsFailed": 1, _by_code(code): 1},
        )
        for code in ErrorCode
    ),
    Scenario("reconcile", "backend away", lambda b: silent(b, 503), {**_LOOKED, "BackendUnavailable": 1}),
    Scenario("reconcile", "wrong key", lambda b: silent(b, 403), {**_LOOKED, "BackendUnavailable": 1, "BackendMisconfigured": 1}),
    Scenario(
        "reconcile",
        "given up",
        lambda b: silent(b, 503, timedelta(hours=3)),
        {**_GIVEN_UP, "JobsFailedBackendUnavailable": 1},
    ),
    Scenario("reconcile", "out of time", _cut, {"SweepsCut": 1}),
    Scenario("reconcile", "an error of ours", _our_mistake, {**_LOOKED, "ReconcileErrors": 1}),
]


def emitted() -> set[tuple[str, str]]:
    """Function and metric, as the scenarios show them."""
    return {(scenario.service, name) for scenario in SCENARIOS for name in scenario.expected}
