"""Every metric really is emitted: the handlers run, and what they print is read as CloudWatch reads it."""

import json
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest
import responses
from aws_lambda_powertools import Metrics

import discard.app
import generate.app
import ingest.app
import live.app
import notify.app
import reconcile.app
import reconcile.sweep
import webhook.app
from sorami import observability
from sorami.backend import Backend
from sorami.channel import ConnectionGone, NotSent
from sorami.connections import Connection, Connections
from sorami.jobs import ErrorCode, Job, new_job_id
from sorami.store import JobStore
from sorami.tickets import Tickets
from sorami.times import now
from tests.support.backend_files import PICTURES, backend_image, completed_on_backend, serve
from tests.support.embedded import metrics_in
from tests.support.gateway import FakeContext, request
from tests.support.notifying import HOPELESS
from tests.support.samples import completed, completed_body, failed_body, new_user, pending_job, progress_body
from tests.support.stack import BACKEND_URL, Stack
from tests.support.stream import record
from tests.unit.conftest import SECRETS

WEBHOOK = "POST /api/webhooks/image-completion"
_SUBMIT = f"{BACKEND_URL}/api/images/generate"
_ASKED = re.compile(f"{BACKEND_URL}/api/images/(status|result)/")
NAMESPACE = "Sorami/sorami-test"
SECONDS = {"GenerationTime", "TimeToNotification", "OpenJobAge"}


class Channel:
    """A gateway of live connections: by its name, one is gone, one does not answer, one is there."""

    def __init__(self, _client: Any) -> None: ...

    def post(self, connection_id: str, message: Any) -> None:
        if "gone" in connection_id:
            raise ConnectionGone
        if "deaf" in connection_id:
            raise NotSent("ReadTimeoutError")

    def hang_up(self, connection_id: str) -> None: ...


@dataclass
class Bench:
    """The functions, one at a time, in the environment that the template gives them."""

    stack: Stack
    deploy: Callable[..., None]
    http: responses.RequestsMock
    monkeypatch: pytest.MonkeyPatch

    def be(self, function: str, **parameters: str) -> None:
        """A new worker of the function; its metrics are set up as at import there."""
        self.deploy(f"{function.title()}Function", **parameters)
        self.monkeypatch.setattr(observability, "metrics", Metrics(namespace=os.environ["POWERTOOLS_METRICS_NAMESPACE"]))
        observability.metrics.provider.service = os.environ["POWERTOOLS_SERVICE_NAME"]
        observability.metrics.provider.dimension_set.clear()
        observability.metrics.clear_metrics()  # all instances of a process share them

    @property
    def store(self) -> JobStore:
        return JobStore(self.stack.dynamodb, self.stack.jobs_table)

    def job(self, **changes: Any) -> Job:
        return self.store.create(pending_job(**changes)).job

    def generate(self, status: int = 202, *, user: str = "", key: str = "", **parameters: str) -> None:
        self.http.post(_SUBMIT, status=status, json={})
        self.be("generate", **parameters)
        headers = {"idempotency-key": key} if key else {}
        event = request("POST /api/images/generate", user=user or new_user(), body={"prompt": "un chat"}, headers=headers)
        generate.app.handler(event, FakeContext())

    def report(self, *bodies: Any, secret: str | None = SECRETS["webhook_secret"]) -> None:
        self.be("webhook")
        for body in bodies:
            headers = {"x-webhook-secret": secret} if secret else {}
            webhook.app.handler(request(WEBHOOK, body=body, headers=headers), FakeContext())

    def discard(self, route: str, job: Job) -> None:
        self.be("discard")
        discard.app.handler(request(route, user=job.user_id, path={"id": job.job_id}), FakeContext())

    def notify(self, *records: dict[str, Any]) -> None:
        self.monkeypatch.setattr(notify.app, "Channel", Channel)
        self.be("notify")
        notify.app.handler({"Records": list(records)}, FakeContext(milliseconds_left=30_000))

    def push(self, *kinds: str) -> None:
        job = self.job()
        for kind in kinds:
            one = Connection(
                connection_id=f"{kind}-{job.user_id}", user_id=job.user_id, connected_at=now() - timedelta(minutes=5)
            )
            Connections(self.stack.dynamodb, self.stack.notifications_table).add(one)
        if "young" in kinds:
            one = Connection(connection_id=f"gone-{job.user_id}", user_id=job.user_id, connected_at=now())
            Connections(self.stack.dynamodb, self.stack.notifications_table).add(one)
        self.notify(record(self.stack.item(job.job_id)))

    def ingest(self, **answer: Any) -> None:
        job = self.job()
        self.store.apply(job.job_id, completed_on_backend(job, backend_image(job.job_id)), now())
        serve(self.http, job.job_id, **answer)
        self.be("ingest")
        ingest.app.handler({"Records": [record(self.stack.item(job.job_id))]}, FakeContext(milliseconds_left=100_000))

    def connect(self, ticket: str, *, connections: int = 0, user: str = "") -> None:
        self.monkeypatch.setattr(live.app, "Channel", Channel)
        self.be("live")
        for number in range(connections):
            one = Connection(connection_id=f"{user}-{number}", user_id=user, connected_at=now() - timedelta(minutes=number + 1))
            Connections(self.stack.dynamodb, self.stack.notifications_table).add(one)
        self.converse("CONNECT", {"ticket": ticket})

    def converse(self, kind: str, query: dict[str, str] | None = None) -> None:
        context = {"eventType": kind, "connectionId": new_job_id(), "requestId": "r"}
        live.app.handler({"requestContext": context, "queryStringParameters": query}, FakeContext())

    def ticket(self, user: str) -> str:
        return Tickets(self.stack.dynamodb, self.stack.notifications_table).issue(user, now()).text

    def reconcile(self, *, age: timedelta = timedelta(minutes=5), **parameters: str) -> None:
        """Over one due job, alone in the table."""
        for item in self.stack.items(self.stack.jobs_table):
            self.stack.dynamodb.delete_item(TableName=self.stack.jobs_table, Key={"job_id": item["job_id"]})
        at = now() - age
        self.job(created_at=at, updated_at=at, due_at=at, watched_since=at)
        self.be("reconcile", **parameters)
        context: Any = FakeContext(milliseconds_left=100_000)
        reconcile.app.handler({}, context)


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


def _told(bench: Bench) -> None:
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
    bench.http.post(_SUBMIT, status=202, json={})
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


def _silent(bench: Bench, status: int, age: timedelta = timedelta(minutes=5)) -> None:
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
    Scenario("notify", "told", _told, {"NotificationsCreated": 1, "TimeToNotification": None}),
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
    Scenario("reconcile", "backend away", lambda b: _silent(b, 503), {**_LOOKED, "BackendUnavailable": 1}),
    Scenario(
        "reconcile", "wrong key", lambda b: _silent(b, 403), {**_LOOKED, "BackendUnavailable": 1, "BackendMisconfigured": 1}
    ),
    Scenario(
        "reconcile",
        "given up",
        lambda b: _silent(b, 503, timedelta(hours=3)),
        {**_GIVEN_UP, "JobsFailedBackendUnavailable": 1},
    ),
    Scenario("reconcile", "out of time", _cut, {"SweepsCut": 1}),
    Scenario("reconcile", "an error of ours", _our_mistake, {**_LOOKED, "ReconcileErrors": 1}),
]


def emitted() -> set[tuple[str, str]]:
    """Function and metric, as the scenarios show them."""
    return {(scenario.service, name) for scenario in SCENARIOS for name in scenario.expected}


@pytest.fixture
def bench(stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(stack=stack, deploy=deploy, http=http, monkeypatch=monkeypatch)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_metric_is_printed_as_cloudwatch_reads_it(scenario: Scenario, bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    scenario.run(bench)
    found = metrics_in(capsys.readouterr().out)
    assert {(metric.namespace, metric.service) for metric in found} == {(NAMESPACE, scenario.service)}
    sums: dict[str, float] = {}
    for metric in found:
        assert metric.unit == ("Seconds" if metric.name in SECONDS else "Count")
        assert all(value >= 0 for value in metric.values)
        sums[metric.name] = sums.get(metric.name, 0) + sum(metric.values)
    assert sums == {name: sums.get(name) if value is None else value for name, value in scenario.expected.items()}


def test_the_time_to_a_notification_and_the_age_of_an_open_job_are_those_that_passed(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    _told(bench)
    _silent(bench, 503)
    seconds = {metric.name: metric.values for metric in metrics_in(capsys.readouterr().out) if metric.unit == "Seconds"}
    [waited], [age] = seconds["TimeToNotification"], seconds["OpenJobAge"]
    assert 3 <= waited < 60
    assert 300 <= age < 360


def test_a_clock_behind_that_of_the_sender_makes_no_negative_time(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    job = bench.job()
    bench.store.apply(job.job_id, completed(job.job_id), now() + timedelta(minutes=5))
    bench.notify(record(bench.stack.item(job.job_id)))
    [waited] = [one.values for one in metrics_in(capsys.readouterr().out) if one.name == "TimeToNotification"]
    assert waited == (0.0,)


def test_what_was_counted_goes_out_though_the_handler_raises(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.be("reconcile")

    @observability.instrumented
    def handler(_event: object, _context: object) -> None:
        observability.count("JobsCreated")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        handler({}, FakeContext())
    [metric] = metrics_in(capsys.readouterr().out)
    assert (metric.name, metric.values) == ("JobsCreated", (1.0,))


def test_an_invocation_prints_only_what_it_counted_itself(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.be("reconcile")
    handler = observability.instrumented(lambda event, _context: observability.count(event["name"]) if event else None)
    handler({"name": "JobsCreated"}, FakeContext())
    assert [metric.name for metric in metrics_in(capsys.readouterr().out)] == ["JobsCreated"]
    handler({}, FakeContext())
    assert capsys.readouterr().out == ""


def test_threads_count_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Powertools reads a metric, adds a value and puts it back: two threads at once would lose one."""
    inside, met = Lock(), list[bool]()

    class Slow:
        def add_metric(self, **_: Any) -> None:
            met.append(inside.acquire(blocking=False))
            time.sleep(0.002)
            if met[-1]:
                inside.release()

    monkeypatch.setattr(observability, "metrics", Slow())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: (observability.measure if number % 2 else observability.count)("Name", 1), range(32)))
    assert met == [True] * 32


def test_no_count_of_sixteen_threads_is_lost(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where Powertools prints in between, after 100 values of one metric."""
    bench.be("reconcile")
    names = [f"Metric{number}" for number in range(7)]

    def work(_thread: int) -> None:
        for number in range(210):
            observability.count(names[number % 7])
            observability.measure("Seconds", 0.5)

    @observability.instrumented
    def handler(_event: object, _context: object) -> None:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))

    handler({}, FakeContext())
    sums: dict[str, float] = {}
    for metric in metrics_in(capsys.readouterr().out):
        sums[metric.name] = sums.get(metric.name, 0) + sum(metric.values)
    assert sums == {**dict.fromkeys(names, 16 * 30.0), "Seconds": 16 * 210 * 0.5}
