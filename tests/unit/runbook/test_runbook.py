"""Every section of the runbook was tried (`make runbook`)."""

import re
import sys
from typing import Any

import pytest

from tests.runbook import __main__ as program
from tests.runbook.__main__ import EXERCISES, PARAMETERS, Result, main, run
from tests.runbook.book import FILE, PARTS, sections
from tests.runbook.exercise import Exercise, Missed, expect, rings
from tests.runbook.stage import Stage
from tests.support.template import Resolver, defaults, properties, resources

EXERCISED = [exercise.section for exercise in EXERCISES]
ROWS = re.findall(r"^\| (\w+Alarm) \| (.+?) \| (.+?) \| (.+?) \|$", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_section_has_one_exercise() -> None:
    assert sorted(EXERCISED) == sorted(resources("AWS::CloudWatch::Alarm")) == sorted(sections())


def test_every_section_is_read_in_its_four_parts() -> None:
    assert all(tuple(section.parts) == PARTS for section in sections().values())


def test_the_table_of_the_runbook_is_a_run_in_which_all_held() -> None:
    broken_by = {exercise.section: exercise.broken_by for exercise in EXERCISES}
    assert {row[0]: row[1] for row in ROWS} == broken_by
    deployed = Resolver({**defaults(), **PARAMETERS}, {})
    for section, _, seen, mended in ROWS:
        metric, value, sign, threshold = seen.split()
        assert (metric, threshold) == (properties(section)["MetricName"], str(deployed.resolve(properties(section)["Threshold"])))
        assert int(value) < int(threshold) if sign == "<" else int(value) > int(threshold)
        assert mended == "yes"


def alarm(**changes: Any) -> dict[str, Any]:
    said = {"Namespace": "AWS/SQS", "MetricName": "Depth", "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0}
    return said | changes


@pytest.mark.parametrize(("operator", "values"), [("GreaterThanThreshold", (5, 6)), ("LessThanThreshold", (5, 4))])
def test_an_alarm_rings_beyond_its_threshold_and_not_at_it(operator: str, values: tuple[int, int]) -> None:
    at, beyond = values
    said = alarm(ComparisonOperator=operator, Threshold=5.0)
    assert (rings(said, at), rings(said, beyond)) == (False, True)


class Played(Exercise):
    """An exercise of which a part may fail."""

    def __init__(self, value: float = 1, fails: str = "") -> None:
        super().__init__(section="ParkedRecordsAlarm", broken_by="a test")
        self.seen, self.fails, self.is_mended = value, fails, False

    def break_(self, stage: Stage) -> None:
        self.ends.callback(setattr, self, "is_mended", True)
        expect(self.fails != "break", "it does not break")

    def value(self, stage: Stage, alarm: dict[str, Any]) -> float:
        return self.seen

    def look(self, stage: Stage) -> None:
        self.sorami(stage, "Look", "parked list")

    def verify(self, stage: Stage) -> None:
        expect(self.fails != "verify", "it is not over")


class Unmended(Played):
    """Its text leaves things as they are."""

    def mend(self, stage: Stage) -> None: ...

    def verify(self, stage: Stage) -> None:
        expect(self.is_mended, "it is broken still")


class EmptyStage:
    def alarm(self, _logical: str) -> dict[str, Any]:
        return alarm()

    def sorami(self, *_words: str) -> None: ...


def played(exercise: Exercise) -> Result:
    stage: Any = EmptyStage()
    return run(exercise, stage)


def test_what_holds_is_a_yes() -> None:
    assert played(Played()).row() == "| ParkedRecordsAlarm | a test | Depth 1 > 0 | yes |"


@pytest.mark.parametrize(
    ("exercise", "why"),
    [
        (Played(value=0), "would not ring"),
        (Played(fails="break"), "does not break"),
        (Played(fails="verify"), "is not over"),
        (Unmended(), "is broken still"),
    ],
)
def test_what_does_not_hold_is_a_no_and_is_mended_all_the_same(exercise: Played, why: str) -> None:
    result = played(exercise)
    assert why in result.missed
    assert exercise.is_mended


def test_a_command_that_the_section_does_not_say_is_a_miss() -> None:
    stage: Any = EmptyStage()
    with pytest.raises(Missed, match="does not say"):
        Played().sorami(stage, "Look", "expire ID")


def test_a_section_that_there_is_not_is_said_before_a_stack_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "_all", lambda *_: pytest.fail("a stack starts"))
    monkeypatch.setattr(sys, "argv", ["runbook", "ParkedRecordsAlarm", "JobsAlarm"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert re.search("no section JobsAlarm; .*JobsGivenUpAlarm", capsys.readouterr().err)
