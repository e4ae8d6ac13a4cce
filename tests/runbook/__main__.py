"""`make runbook`: breaks each thing on one local stack and follows docs/runbook.md until it is mended; prints what came of it.

The exit code is 1 if an alarm's metric did not cross its threshold, or a section's text did not hold.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError
from requests import RequestException
from rich.console import Console

from local.failures import LocalFailure
from local.ports import reserved_port
from local.progress import Steps
from local.stack import Options, running_stack
from tests.runbook import calling, crashing, crowding, lagging, reporting, waiting
from tests.runbook.backend import obedient_backend
from tests.runbook.exercise import Exercise, Missed, expect, rings
from tests.runbook.gateway import Gateway, standing_before
from tests.runbook.stage import Stage
from tests.runbook.throttle import Throttle
from tests.soak.fault_proxy import fault_proxy

EXERCISES: list[Exercise] = [
    *calling.EXERCISES,
    *crowding.EXERCISES,
    *crashing.EXERCISES,
    *waiting.EXERCISES,
    *reporting.EXERCISES,
    *lagging.EXERCISES,
    *calling.LAST,
]

_PATIENCE = {name: str(waiting.PATIENCE_SECONDS) for name in ("SilenceSeconds", "JobDeadlineSeconds")}
_TIMES = {"FirstLookSeconds": str(waiting.PATIENCE_SECONDS // 4), **_PATIENCE, "MaxOpenJobsPerUser": "0"}
PARAMETERS = {**_TIMES, **crowding.LOW}
"""With which the stack is deployed."""


@dataclass(frozen=True)
class Result:
    """`missed` is empty where everything held."""

    exercise: Exercise
    seen: str
    missed: str

    def row(self) -> str:
        said = self.missed.replace("\n", " ").replace("|", "/") or "yes"
        return f"| {self.exercise.section} | {self.exercise.broken_by} | {self.seen} | {said} |"


def run(exercise: Exercise, stage: Stage) -> Result:
    alarm = stage.alarm(exercise.section)
    is_level = alarm.get("Statistic") != "Sum" or alarm["ComparisonOperator"] == "LessThanThreshold"
    seen = "–"
    try:
        with exercise.ends:
            before = 0 if is_level else exercise.value(stage, alarm)
            exercise.began = time.time()
            exercise.break_(stage)
            value = exercise.value(stage, alarm) - before
            sign = "<" if alarm["ComparisonOperator"] == "LessThanThreshold" else ">"
            seen = f"{alarm['MetricName']} {value:.0f} {sign} {alarm['Threshold']:.0f}"
            expect(rings(alarm, value), "the alarm would not ring")
            exercise.look(stage)
            exercise.mend(stage)
            exercise.verify(stage)  # before the ends mend what “Do” has left broken
    except (Missed, AssertionError, BotoCoreError, ClientError, RequestException) as missed:
        return Result(exercise, seen, f"NO: {type(missed).__name__}: {missed}"[:400])
    return Result(exercise, seen, "")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runbook", description=__doc__)
    parser.add_argument("sections", nargs="*", help="only these, such as ParkedRecordsAlarm")
    asked = parser.parse_args().sections
    known = [exercise.section for exercise in EXERCISES]
    if unknown := [section for section in asked if section not in known]:
        parser.error(f"docs/runbook.md has no section {', '.join(unknown)}; there are {', '.join(known)}.")
    signal.signal(signal.SIGTERM, _end)
    out = Console(highlight=False, soft_wrap=True)
    chosen = [exercise for exercise in EXERCISES if not asked or exercise.section in asked]
    try:
        results = _all(chosen, out)
    except LocalFailure as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"✗ {failure}", markup=False)
        return 1
    out.print(table(results), markup=False)
    return 1 if not results or any(result.missed for result in results) else 0


def table(results: Sequence[Result]) -> str:
    return "\n".join(["| section | broken by | metric seen | mended |", "|---|---|---|---|", *(one.row() for one in results)])


def _all(chosen: Sequence[Exercise], out: Console) -> list[Result]:
    throttle, steps = Throttle(), Steps(out)
    with ExitStack() as ends:
        state = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="sorami-runbook-"))) / "stack"
        port, backend = ends.enter_context(reserved_port()), ends.enter_context(obedient_backend())
        dynamodb_url = ends.enter_context(fault_proxy(port, throttle))
        options = Options(
            port=port,
            backend_url=backend.url,
            parameters=PARAMETERS,
            engine_env={"AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url},
            step=steps.step,
        )
        stack = ends.enter_context(running_stack(state, options))
        gateway = Gateway(stack)
        url = ends.enter_context(standing_before(gateway))
        stage = Stage(replace(stack, api_url=url), state, backend, throttle, gateway)
        calling.schedule(stage, on=False)  # whoever wants reconcile to run runs it
        results = []
        for exercise in chosen:
            with steps.step(f"{exercise.section}: {exercise.broken_by}"):
                results.append(run(exercise, stage))
            if results[-1].missed:
                out.print(f"  {results[-1].missed}", markup=False)
        return results


def _end(_number: int, _frame: FrameType | None) -> None:
    """As Ctrl-C: on the way out, everything that was started ends."""
    raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
