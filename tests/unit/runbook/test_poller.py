"""The stand-in for Lambda's poller: what is delivered again, how old it says records are, and that it gives the stream back."""

import io
import itertools
import json
import time
from typing import Any, cast

import pytest

from tests.runbook import lagging
from tests.runbook.exercise import Missed
from tests.runbook.lagging import LateNotifications
from tests.runbook.poller import Poller
from tests.runbook.stage import Stage, most_at_once
from tests.soak.aws import Reading
from tests.support.stream import record, sequence_number

PENDING = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PENDING"]}}}}


class Engine:
    """The function, its mapping and the stream in one; `answers` are those of its calls, then all goes well."""

    def __init__(self, *answers: Any, **settings: Any) -> None:
        self.settings = settings
        self.answers: list[Any] = list(answers)
        self.records: list[dict[str, Any]] = []
        self.calls: list[list[str]] = []
        self.is_enabled = True
        self.functions, self.stack = self, type("", (), {"functions": {"NotifyFunction": "notify"}})

    def list_event_source_mappings(self, **_: str) -> Any:
        filters = {"Filters": [{"Pattern": json.dumps(PENDING)}]}
        return {
            "EventSourceMappings": [
                {"UUID": "1", "FunctionResponseTypes": ["ReportBatchItemFailures"], "FilterCriteria": filters, **self.settings}
            ]
        }

    def update_event_source_mapping(self, *, UUID: str, Enabled: bool) -> None:  # noqa: N803
        assert UUID == "1"
        self.is_enabled = Enabled

    def stream(self) -> Any:
        return iter(self.records)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803
        assert FunctionName == "notify"
        self.calls.append([sequence_number(one) for one in json.loads(Payload)["Records"]])
        answer = self.answers.pop(0) if self.answers else {}
        said = {"Payload": io.BytesIO(json.dumps(answer).encode())}
        return said | ({"FunctionError": "Unhandled"} if "errorMessage" in answer else {})

    def change(self, *, age: float = 0, status: str = "PENDING") -> str:
        made = record({"job_id": {"S": "j"}, "status": {"S": status}})
        made["dynamodb"]["ApproximateCreationDateTime"] = time.time() - age
        self.records.append(made)
        return sequence_number(made)


def poller_of(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Poller:
    monkeypatch.setattr(Reading, "of", lambda _stack: engine)
    stage: Any = engine
    return Poller(stage, "Notify", hurry=60)


def test_a_batch_comes_again_whole_after_an_error_and_from_the_first_failure_after_a_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine({"errorMessage": "away"}, {})
    poller = poller_of(engine, monkeypatch)
    numbers = [engine.change() for _ in range(3)]
    engine.answers[1] = {"batchItemFailures": [{"itemIdentifier": number} for number in numbers[1:]]}
    assert len(list(poller.deliver())) == 3
    assert engine.calls == [numbers, numbers, numbers[1:]]


def test_what_the_mappings_filter_refuses_is_not_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    poller = poller_of(engine, monkeypatch)
    wanted = [engine.change(), engine.change(status="COMPLETED")][:1]
    list(poller.deliver())
    assert engine.calls == [wanted]


def test_it_takes_what_comes_while_the_engine_is_off_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    poller = poller_of(engine, monkeypatch)
    engine.change()
    with poller.instead_of_the_engine():
        assert not engine.is_enabled
        later = engine.change()
        list(poller.deliver())
        list(poller.deliver())
    assert engine.calls == [[later]]
    assert engine.is_enabled


def test_a_batch_is_as_old_as_its_last_record_by_a_clock_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    poller = poller_of(engine, monkeypatch)
    engine.change(age=1000)
    engine.change(age=10)
    list(poller.deliver())
    [age] = poller.ages
    assert 600_000 <= age < 1_000_000


def test_what_is_too_old_for_the_mapping_by_that_clock_is_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine({"errorMessage": "away"}, MaximumRecordAgeInSeconds=600)
    poller = poller_of(engine, monkeypatch)
    engine.change(age=11)
    young = engine.change(age=9)
    delivering = poller.deliver()
    next(delivering)
    assert engine.calls == [[young]]
    engine.records[-1]["dynamodb"]["ApproximateCreationDateTime"] -= 2
    assert list(delivering) == []


def test_an_exercise_whose_mend_does_not_help_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    exercise, stage = LateNotifications(), cast("Stage", None)
    exercise.delivering = itertools.repeat(1)
    monkeypatch.setattr(lagging, "_PATIENCE_SECONDS", 0)
    with pytest.raises(Missed, match="Notify fails as before"):
        exercise.mend(stage)


@pytest.mark.parametrize(
    ("spans", "most"),
    [([], 0), ([(0, 1), (1, 2)], 1), ([(0, 5), (1, 2), (3, 6), (4, 9)], 3), ([(0, 9), (0, 9)], 2)],
)
def test_calls_are_at_once_while_none_has_ended(spans: list[tuple[float, float]], most: int) -> None:
    assert most_at_once(spans) == most
