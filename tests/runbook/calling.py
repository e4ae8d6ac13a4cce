"""Exercises of what callers meet: 5xx, slowness, refused tokens, a function out of room, a table that throttles."""

import statistics
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tests.runbook.exercise import Exercise, expect
from tests.runbook.stage import Stage
from tests.runbook.throttle import READS, WRITES
from tests.soak.fault_proxy import THROTTLED
from tests.support.api import Api


@dataclass
class ServerErrors(Exercise):
    section: str = "ApiServerErrorsAlarm"
    broken_by: str = "query is told a table that there is not"

    def break_(self, stage: Stage) -> None:
        self.ends.enter_context(stage.configured("Query", Environment={"JOBS_TABLE": "no-such-table"}))
        self.job_id = stage.generate()
        for _ in range(5):
            stage.ask("GET", f"/api/images/{self.job_id}/status")

    def look(self, stage: Stage) -> None:
        self.errors(stage, "query", about=self.job_id)
        expect(set(self.routes(stage, "5")) == {"GET /api/images/{id}/status"}, "*routes* shows other routes")

    def verify(self, stage: Stage) -> None:
        expect(stage.ask("GET", "/health").status_code == HTTPStatus.OK, "GET /health")
        expect(stage.ask("GET", f"/api/images/{self.job_id}/status").status_code == HTTPStatus.OK, "a status")


@dataclass
class Latency(Exercise):
    """By the access log, as the engine's gateway measures nothing."""

    section: str = "ApiLatencyAlarm"
    broken_by: str = "the backend takes seven seconds to answer"

    def break_(self, stage: Stage) -> None:
        stage.backend.seconds = 7
        self.ends.callback(stage.backend.be_well)
        for _ in range(3):
            stage.generate()

    def value(self, stage: Stage, alarm: dict[str, Any]) -> float:
        """The 95th percentile since it began."""
        taken = [float(line["latency_ms"]) for line in stage.requests(self.began)]
        return statistics.quantiles(taken, n=20, method="inclusive")[-1]

    def look(self, stage: Stage) -> None:
        expect("*latency*" in self.text.parts["Look"], "“Look” does not name the query *latency*")
        slow = {line["route"] for line in stage.requests(self.began) if float(line["latency_ms"]) > _TOO_SLOW}
        expect(slow == {"POST /api/images/generate"}, f"slow are {slow}")

    def verify(self, stage: Stage) -> None:
        self.began = time.time()
        for _ in range(3):
            stage.generate()
        expect(self.value(stage, {}) < _TOO_SLOW, "p95 is still above")


@dataclass
class Unauthorized(Exercise):
    section: str = "UnauthorizedAlarm"
    broken_by: str = "101 requests with a token that nobody signed"

    def break_(self, stage: Stage) -> None:
        stranger = Api(stage.stack, "nobody", "Bearer e30.e30.e30")
        for _ in range(101):
            stage.ask("GET", "/api/images/user", stranger)

    def look(self, stage: Stage) -> None:
        expect(self.routes(stage, "401") == {"GET /api/images/user": "Unauthorized"}, "*routes* shows something else")
        ran = self.sorami(stage, "Look", "doctor")
        expect("✓ issuer" in ran.said, "doctor has nothing good to say of the issuer")

    def verify(self, stage: Stage) -> None:
        expect(stage.ask("GET", "/api/images/user").status_code == HTTPStatus.OK, "a gallery")


@dataclass
class ThrottledFunctions(Exercise):
    section: str = "ThrottledFunctionsAlarm"
    broken_by: str = "query has no concurrency left (reserved: 0)"

    def break_(self, stage: Stage) -> None:
        name = stage.stack.functions["QueryFunction"]
        stage.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        self.ends.callback(stage.functions.delete_function_concurrency, FunctionName=name)
        expect("TooManyRequests" in (stage.invoke("Query") or ""), "nothing was throttled")

    def verify(self, stage: Stage) -> None:
        before = stage.lambda_sum("Throttles", None, 3600)
        expect(stage.ask("GET", "/health").status_code == HTTPStatus.OK, "GET /health")
        expect(stage.lambda_sum("Throttles", None, 3600) == before, "it is throttled still")


@dataclass
class TableThrottles(Exercise):
    """`path` is what a caller asks, again and again, that reads or writes the table. Counted between function and engine."""

    section: str = ""
    broken_by: str = ""
    table: str = ""
    writes: bool = False
    method: str = "GET"
    path: str = ""
    good: HTTPStatus = HTTPStatus.OK
    body: dict[str, Any] | None = None
    api: Api | None = field(default=None, init=False)

    def break_(self, stage: Stage) -> None:
        self.api = Api.of_new_user(stage.stack)
        job_id = stage.generate(self.api)
        self.path = self.path.format(job_id)
        stage.throttle.table = stage.stack.resources[self.table]
        stage.throttle.operations = WRITES if self.writes else READS
        self.ends.callback(setattr, stage.throttle, "table", None)
        for _ in range(5):
            stage.ask(self.method, self.path, self.api, json=self.body)

    def value(self, stage: Stage, alarm: dict[str, Any]) -> float:
        return stage.throttle.faults[THROTTLED]

    def verify(self, stage: Stage) -> None:
        before = stage.throttle.faults[THROTTLED]
        answer = stage.ask(self.method, self.path, self.api, json=self.body)
        expect(answer.status_code == self.good, f"{self.path} answers {answer.status_code}")
        expect(stage.throttle.faults[THROTTLED] == before, "it is throttled still")


@dataclass
class ReconcileSilent(Exercise):
    """The last of all: whoever else runs reconcile would be heard. By its log, as the engine counts no scheduled calls."""

    section: str = "ReconcileSilentAlarm"
    broken_by: str = "the rule of its schedule is disabled"

    def break_(self, stage: Stage) -> None:
        self.ends.callback(schedule, stage, on=True)
        time.sleep(_MINUTE)

    def value(self, stage: Stage, alarm: dict[str, Any]) -> float:
        return stage.runs("Reconcile", self.began)

    def look(self, stage: Stage) -> None:
        expect("reconcile" in self.sorami(stage, "Look", "doctor").said, "doctor says nothing of reconcile")
        expect("`aws events list-rules --name-prefix STACK-Reconcile`" in self.text.parts["Look"], "“Look” finds no rule")
        rules = stage.client("events").list_rules(NamePrefix=f"{stage.stack.stack_name}-Reconcile")["Rules"]
        expect([one["State"] for one in rules] == ["DISABLED"], f"another rule, or another state: {rules}")

    def mend(self, stage: Stage) -> None:
        expect("`aws events enable-rule --name NAME`" in self.text.parts["Do"], "“Do” does not say how the rule is enabled")
        super().mend(stage)

    def verify(self, stage: Stage) -> None:
        stage.until(lambda: self.value(stage, {}) >= 1, "an invocation of reconcile", seconds=2 * _MINUTE)


_MINUTE, _TOO_SLOW = 62, 5000


def schedule(stage: Stage, *, on: bool) -> None:
    rule = next(name for logical, name in stage.stack.resources.items() if logical.startswith("ReconcileFunctionEveryMinute"))
    events = stage.client("events")
    (events.enable_rule if on else events.disable_rule)(Name=rule)


TABLES = [
    TableThrottles(
        section="JobsReadThrottlesAlarm",
        broken_by="every read of the jobs table is throttled",
        table="JobsTable",
        path="/api/images/{}/status",
    ),
    TableThrottles(
        section="JobsWriteThrottlesAlarm",
        broken_by="every write of the jobs table is throttled",
        table="JobsTable",
        writes=True,
        method="POST",
        path="/api/images/generate",
        body={"prompt": "un chat"},
        good=HTTPStatus.ACCEPTED,
    ),
    TableThrottles(
        section="NotificationsReadThrottlesAlarm",
        broken_by="every read of the notifications table is throttled",
        table="NotificationsTable",
        path="/api/notifications",
    ),
    TableThrottles(
        section="NotificationsWriteThrottlesAlarm",
        broken_by="every write of the notifications table is throttled",
        table="NotificationsTable",
        writes=True,
        method="POST",
        path="/api/notifications/ticket",
        good=HTTPStatus.CREATED,
    ),
]

EXERCISES: list[Exercise] = [ServerErrors(), Latency(), Unauthorized(), ThrottledFunctions(), *TABLES]
LAST: list[Exercise] = [ReconcileSilent()]
