"""Exercises of too much at once: for a route of the gateway, and for an account's functions."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tests.runbook.exercise import Exercise, expect, rings
from tests.runbook.stage import Stage
from tests.support.api import Api

LOW = {"CreatesPerSecond": "1", "ConcurrencyAlarmAt": "3"}
"""Limits on this stack (`__main__`), which few requests reach."""

_ROUTE, _UPLOAD = "POST /api/images/uploads", {"content_type": "image/png", "size_bytes": 100}
_REFUSED, _MOST_REQUESTS = 30, 600
_AT_ONCE, _SLOW_SECONDS = 6, 7


@dataclass
class ThrottledRequests(Exercise):
    section: str = "ThrottledRequestsAlarm"
    broken_by: str = "a client asks for uploads in a loop, while CreatesPerSecond is 1"

    def break_(self, stage: Stage) -> None:
        self.api, self.requests = Api.of_new_user(stage.stack), 0
        refused = 0
        while refused < _REFUSED:
            self.requests += 1
            refused += self._ask(stage) == HTTPStatus.TOO_MANY_REQUESTS
            expect(self.requests < _MOST_REQUESTS, f"of {self.requests} requests {refused} are refused")

    def look(self, stage: Stage) -> None:
        """The route by what was refused; the user by who asks most, as the gateway refuses before it knows who asks."""
        found = self.routes(stage, f"{HTTPStatus.TOO_MANY_REQUESTS:d}")
        expect(found == {_ROUTE: "Too Many Requests"}, f"*routes* shows {found}")
        expect("*callers*" in self.text.parts["Look"], "“Look” does not name the query *callers*")
        callers = Counter(line["sub"] for line in stage.requests(self.began) if line["route"] == _ROUTE)
        expect(callers.most_common(1)[0][0] == self.api.user, f"*callers* shows {callers}")

    def mend(self, stage: Stage) -> None:
        super().mend(stage)
        expect("`CreatesPerSecond`" in self.text.parts["Do"], "“Do” does not say what to raise")
        stage.deploy(CreatesPerSecond="100")

    def verify(self, stage: Stage) -> None:
        answers = Counter(self._ask(stage) for _ in range(self.requests))
        expect(set(answers) == {HTTPStatus.CREATED}, f"the same demand is answered {answers}")

    def _ask(self, stage: Stage) -> int:
        return stage.ask("POST", "/api/images/uploads", self.api, json=_UPLOAD).status_code


@dataclass
class Concurrency(Exercise):
    """Counted from the ends of calls in the functions' logs: the engine knows how many run at once, and does not say it."""

    section: str = "ConcurrencyAlarm"
    broken_by: str = "six jobs begin at once for a slow backend, while ConcurrencyAlarmAt is 3"

    def break_(self, stage: Stage) -> None:
        self._demand(stage)

    def value(self, stage: Stage, alarm: dict[str, Any]) -> float:
        return stage.most_at_once(self.began)

    def look(self, stage: Stage) -> None:
        expect("(#throttledfunctionsalarm)" in self.text.parts["Look"], "“Look” does not say where")
        expect(stage.most_at_once(self.began, "Generate") == _AT_ONCE, "it is not generate's calls")

    def mend(self, stage: Stage) -> None:
        super().mend(stage)
        expect("`ConcurrencyAlarmAt`" in self.text.parts["Do"], "“Do” does not say what to raise")
        stage.deploy(ConcurrencyAlarmAt="20")

    def verify(self, stage: Stage) -> None:
        before, self.began = self.value(stage, {}), time.time()
        self._demand(stage)
        alarm = stage.alarm(self.section)
        again = self.value(stage, alarm)
        expect(again >= before - 1, f"{again} at once instead of {before}")
        expect(not rings(alarm, again), f"the alarm still rings at {again}")

    def _demand(self, stage: Stage) -> None:
        """A user of their own each, so that none waits for another's limit."""
        callers = [Api.of_new_user(stage.stack) for _ in range(_AT_ONCE)]
        stage.backend.seconds = _SLOW_SECONDS
        try:
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                list(threads.map(stage.generate, callers))
        finally:
            stage.backend.be_well()


EXERCISES: list[Exercise] = [ThrottledRequests(), Concurrency()]
