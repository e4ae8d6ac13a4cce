"""Exercises of functions that crash: a setting that no worker survives, and for live an error that it answers itself."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import requests

from tests.runbook.exercise import Exercise, expect
from tests.runbook.stage import Stage
from tests.support.api import Api
from tests.support.live import live_client, ticket

_NO_LEVEL = {"POWERTOOLS_LOG_LEVEL": "LOUD"}
_CALLS = 3


@dataclass
class Crash(Exercise):
    """`works` is the section's “Verify”."""

    broken_by: str = "a log level that there is not, so that no worker starts"
    function: str = ""
    works: Callable[["Crash", Stage], None] = lambda _self, _stage: None

    def break_(self, stage: Stage) -> None:
        self.ends.enter_context(stage.configured(self.function, Environment=_NO_LEVEL))
        self.said = [stage.invoke(self.function) for _ in range(_CALLS)]

    def look(self, stage: Stage) -> None:
        expect("*errors*" in self.text.parts["Look"], "“Look” does not name the query *errors*")
        expect(all(said and "LOUD" in said for said in self.said), f"it does not say why: {self.said}")

    def verify(self, stage: Stage) -> None:
        self.works(self, stage)


def _generates(crash: Crash, stage: Stage) -> None:
    job_id = stage.generate()
    expect(job_id in crash.sorami(stage, "Verify", "jobs").said, "the new job is not listed")


def _hears(_crash: Crash, stage: Stage) -> None:
    before = stage.counted("webhook", "WebhooksApplied")
    stage.complete(stage.generate())
    stage.until(lambda: stage.counted("webhook", "WebhooksApplied") > before, "WebhooksApplied to grow")


def _answers(_crash: Crash, stage: Stage) -> None:
    expect(stage.ask("GET", "/health").status_code == HTTPStatus.OK, "GET /health")


def _cancels(_crash: Crash, stage: Stage) -> None:
    answer = stage.ask("POST", f"/api/images/{stage.generate()}/cancel")
    expect(answer.status_code == HTTPStatus.OK, "a job is not cancelled")


def _shows_progress(_exercise: Exercise, stage: Stage) -> None:
    api = Api.of_new_user(stage.stack)
    with live_client(api) as page:
        job_id = stage.generate(api)
        page.wait(lambda one: bool(one.updates(job_id)), "progress without polling")


def _tells(crash: Crash, stage: Stage) -> None:
    api = Api.of_new_user(stage.stack)
    stage.complete(stage.generate(api))
    api.feed_with(1)
    expect(not [line for line in stage.lines("notify", crash.began) if line.get("level") == "ERROR"], "errors go on")


def _copies(_exercise: Exercise, stage: Stage) -> None:
    before = stage.counted("ingest", "CopiesMade")
    stage.complete(stage.generate(), on_backend=True)
    stage.until(lambda: stage.counted("ingest", "CopiesMade") > before, "CopiesMade to grow")


def _runs(_crash: Crash, stage: Stage) -> None:
    expect(stage.invoke("Reconcile") is None, "reconcile still fails")


@dataclass
class LiveFailures(Exercise):
    section: str = "LiveFailuresAlarm"
    broken_by: str = "live is told a table that there is not, then three connect"

    def break_(self, stage: Stage) -> None:
        good = ticket(Api.of_new_user(stage.stack))["url"].partition("?ticket=")[2]
        self.ends.enter_context(stage.configured("Live", Environment={"NOTIFICATIONS_TABLE": "no-such-table"}))
        for number in range(_CALLS):  # by hand: the engine keeps no logs of what its gateway calls
            context = {"eventType": "CONNECT", "connectionId": f"c{number}", "requestId": "r"}
            stage.invoke("Live", {"requestContext": context, "queryStringParameters": {"ticket": good}})

    def look(self, stage: Stage) -> None:
        self.errors(stage, "live")
        expect("*a live connection met an error*" in self.text.parts["Look"], "“Look” names another line")
        found = [line["message"] for line in stage.lines("live", self.began) if line.get("level") == "ERROR"]
        expect("a live connection met an error" in found, f"other lines: {found}")

    def verify(self, stage: Stage) -> None:
        _shows_progress(self, stage)


@dataclass
class RefusedCopies(Exercise):
    section: str = "RefusedCopiesAlarm"
    broken_by: str = "the backend's file is gone (410)"

    def break_(self, stage: Stage) -> None:
        stage.backend.files = HTTPStatus.GONE
        self.ends.callback(stage.backend.be_well)
        self.job_id = stage.generate()
        expect(stage.complete(self.job_id, on_backend=True).status_code == requests.codes.ok, "the result is not taken")
        stage.until(lambda: stage.counted("ingest", "CopiesFailed", self.began), "CopiesFailed")

    def look(self, stage: Stage) -> None:
        expect("HTTP 410" in self.sorami(stage, "Look", "job ID", self.job_id).said, "sorami job does not say why")

    def verify(self, stage: Stage) -> None:
        _copies(self, stage)


EXERCISES: list[Exercise] = [
    Crash(section="GenerateErrorsAlarm", function="Generate", works=_generates),
    Crash(section="WebhookErrorsAlarm", function="Webhook", works=_hears),
    Crash(section="QueryErrorsAlarm", function="Query", works=_answers),
    Crash(section="DiscardErrorsAlarm", function="Discard", works=_cancels),
    Crash(section="LiveErrorsAlarm", function="Live", works=_shows_progress),
    Crash(section="NotifyErrorsAlarm", function="Notify", works=_tells),
    Crash(section="IngestErrorsAlarm", function="Ingest", works=_copies),
    Crash(section="ReconcileCrashesAlarm", function="Reconcile", works=_runs),
    LiveFailures(),
    RefusedCopies(),
]
