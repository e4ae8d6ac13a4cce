"""Exercises of functions that fall behind the jobs table's stream, since what they need is away."""

import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests

from tests.runbook.exercise import Exercise, expect
from tests.runbook.poller import Poller
from tests.runbook.stage import Stage
from tests.runbook.throttle import WRITES
from tests.soak.fault_proxy import THROTTLED
from tests.support.api import Api

_PAUSE_SECONDS = 1
_PATIENCE_SECONDS = 60


@dataclass
class Lag(Exercise):
    """A stand-in for Lambda's poller delivers, for whom time runs faster. `away` is closed to bring back what is away."""

    function: str = ""
    hurry: int = 60
    away: ExitStack = field(default_factory=ExitStack)

    @abstractmethod
    def take_away(self, stage: Stage) -> None: ...

    def break_(self, stage: Stage) -> None:
        threshold = stage.alarm(self.section)["Threshold"]
        self.poller = Poller(stage, self.function, self.hurry)
        self.ends.enter_context(self.poller.instead_of_the_engine())
        self.ends.enter_context(self.away)
        self.api = Api.of_new_user(stage.stack)
        self.job_id = self._result(stage)
        self.take_away(stage)
        self.delivering = self.poller.deliver()
        while not self.poller.ages or self.poller.ages[-1] <= threshold:
            expect(
                next(self.delivering, None), f"{self.function} takes what it cannot do, or it is discarded before the alarm rings"
            )
            time.sleep(_PAUSE_SECONDS)

    def value(self, stage: Stage, alarm: dict[str, Any]) -> float:
        return self.poller.ages[-1]

    def mend(self, stage: Stage) -> None:
        """What is away comes back, and the poller has its way; then the engine's own delivers all of it once more."""
        self.away.close()
        self._until_done(self.delivering)
        self.mended = time.time()
        super().mend(stage)

    def verify(self, stage: Stage) -> None:
        self.arrived(stage, self.job_id)
        stage.until(lambda: self.came_again(stage), "the engine to deliver it once more")
        self.arrived(stage, self.job_id)
        with self.poller.instead_of_the_engine():
            self._result(stage)
            self._until_done(self.poller.deliver())
        expect("`IteratorAge`" in self.text.parts["Verify"], "“Verify” names another metric")
        expect(self.poller.ages[-1] <= stage.alarm(self.section)["Threshold"], f"IteratorAge stays at {self.poller.ages[-1]:.0f}")

    @abstractmethod
    def arrived(self, stage: Stage, job_id: str) -> None:
        """Its user has what the function makes of the result, and has it once."""

    @abstractmethod
    def came_again(self, stage: Stage) -> bool: ...

    def _until_done(self, calls: Iterator[int]) -> None:
        """A function that goes on failing would be called for a day."""
        end = time.monotonic() + _PATIENCE_SECONDS
        for _call in calls:
            expect(time.monotonic() < end, f"{self.function} fails as before")

    def _result(self, stage: Stage) -> str:
        job_id = stage.generate(self.api)
        expect(stage.complete(job_id, on_backend=True).status_code == HTTPStatus.OK, "the result is not taken")
        return job_id


@dataclass
class LateNotifications(Lag):
    section: str = "LateNotificationsAlarm"
    broken_by: str = "every write of the notifications table is throttled, while a second counts as a minute"
    function: str = "Notify"

    def take_away(self, stage: Stage) -> None:
        self.before = stage.throttle.faults[THROTTLED]
        stage.throttle.table = stage.stack.notifications_table
        stage.throttle.operations = WRITES
        self.away.callback(setattr, stage.throttle, "table", None)

    def look(self, stage: Stage) -> None:
        found = self.reasons(stage, "notify", self.job_id)
        expect("ProvisionedThroughputExceeded" in found, f"*reasons* shows {found!r}")
        expect("throttles of the notifications table" in self.text.parts["Look"], "“Look” does not name the table")
        expect(stage.throttle.faults[THROTTLED] > self.before, "no throttles are counted")

    def arrived(self, stage: Stage, job_id: str) -> None:
        self.api.feed_with(1)
        told = [one["metadata"]["generationId"] for one in self.api.feed()["notifications"]]
        expect(told.count(job_id) == 1, f"told of {told}")

    def came_again(self, stage: Stage) -> bool:
        lines = stage.lines("notify", self.mended)
        return any((line["message"], line.get("correlation_id")) == ("told before", self.job_id) for line in lines)


@dataclass
class LateCopies(Lag):
    section: str = "LateCopiesAlarm"
    broken_by: str = "the backend answers 503 for its files, while a second counts as six minutes"
    function: str = "Ingest"
    hurry: int = 360

    def take_away(self, stage: Stage) -> None:
        self.made = stage.counted("ingest", "CopiesMade")
        stage.backend.files = HTTPStatus.SERVICE_UNAVAILABLE
        self.away.callback(stage.backend.be_well)

    def look(self, stage: Stage) -> None:
        found = self.reasons(stage, "ingest", self.job_id)
        expect("HTTP 503" in found, f"*reasons* shows {found!r}")
        expect("whether the backend serves its files" in self.text.parts["Look"], "“Look” does not say what to ask the backend")
        served = requests.get(stage.backend.file_url(self.job_id), timeout=10).status_code
        expect(served == HTTPStatus.SERVICE_UNAVAILABLE, f"the backend answers {served}")

    def arrived(self, stage: Stage, job_id: str) -> None:
        [image] = stage.ask("GET", f"/api/images/{job_id}/result", self.api).json()["images"]
        expect(not image["url"].startswith(stage.backend.url), f"the image is still at {image['url']}")
        expect(stage.counted("ingest", "CopiesMade") == self.made + 1, "it was copied more than once")

    def came_again(self, stage: Stage) -> bool:
        return stage.runs("Ingest", self.mended) > 0


EXERCISES: list[Exercise] = [LateNotifications(), LateCopies()]
