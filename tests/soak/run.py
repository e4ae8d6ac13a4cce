"""The course of a soak: load and reconcile side by side until every job has ended, silence, one more delivery, the accounts."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.failures import LocalFailure
from local.progress import Steps
from local.stack import Stack
from tests.soak.aws import Reading
from tests.soak.fault_proxy import Dice
from tests.soak.ledger import TERMINAL, Telling, Verdict, judge, outcomes, tellings
from tests.soak.load import Load
from tests.soak.watch import Watch

_MOST_OPEN = 100  # so that the backend's queue stays short, and with it the waits between reconcile's looks
_RECONCILE_SECONDS = 3.0
_TAIL_SECONDS = 600.0
_SILENCE_SECONDS = 8.0


@dataclass(frozen=True)
class Accounts:
    states: Counter[str]
    accepted: int
    refusals: int
    given_up: int
    reconcile_errors: tuple[str, ...]
    metrics: Counter[str]
    told: int
    second_outcomes: int
    missing_before: frozenset[Telling]
    redelivered: int
    redelivery_failures: int
    verdict: Verdict
    seconds: float
    dynamodb_faults: int

    @property
    def is_good(self) -> bool:
        """A soak without faults, or one that could not even hand in its jobs, shows nothing."""
        return self.verdict.is_good and not self.given_up and self.dynamodb_faults > 0


def run_soak(stack: Stack, jobs: int, dice: Dice, backend_log: Path, out: Console) -> Accounts:
    began, reading = time.monotonic(), Reading.of(stack)
    if error := reading.reconcile():
        raise LocalFailure(f"There is nothing to soak, reconcile does not run: {error}")
    watch = Watch(out, jobs)
    load = Load(stack, jobs, has_room=lambda: len(load.accepted) - watch.ended < _MOST_OPEN)
    with watch, _in_background(load.run, load.stop), _reconciling(reading) as errors:
        _wait_for_the_end(reading, load, watch, jobs)
    seconds = time.monotonic() - began
    steps = Steps(out)
    with steps.step("Waiting until nothing moves any more"):
        _wait_for_silence(dice)
    with steps.step("Delivering the stream's outcomes once more"):
        records, told_before = list(reading.stream()), tellings(reading.notifications())
        reached = outcomes(records)
        due = [record for record in records if outcomes([record])]
        failures = reading.notify_again(due)
    with steps.step("Taking stock"):
        states, told, metrics = reading.states(), tellings(reading.notifications()), reading.reconcile_metrics()
    return Accounts(
        states=Counter(states.values()),
        accepted=len(load.accepted),
        refusals=load.refusals,
        given_up=load.given_up,
        reconcile_errors=tuple(errors),
        metrics=metrics,
        told=told.total(),
        second_outcomes=len(reached) - len({job_id for job_id, _ in reached}),
        missing_before=frozenset(reached - told_before.keys()),
        redelivered=len(due),
        redelivery_failures=failures,
        verdict=judge(accepted=load.accepted, states=states, reached=reached, told=told, works=_works(backend_log)),
        seconds=seconds,
        dynamodb_faults=dice.faults.total(),
    )


def _wait_for_the_end(reading: Reading, load: Load, watch: Watch, jobs: int) -> None:
    """Until every job is handed in and has ended, or ten minutes pass in which none ends."""
    deadline = time.monotonic() + _TAIL_SECONDS
    while time.monotonic() < deadline:
        states = reading.states()
        ended = sum(state in TERMINAL for state in states.values())
        if ended > watch.ended:
            deadline = time.monotonic() + _TAIL_SECONDS
        watch.show(asked=len(load.accepted), ended=ended)
        if len(load.accepted) + load.given_up == jobs and ended == len(states):
            return
        time.sleep(1)


@contextmanager
def _in_background(work: Callable[[], None], stop: Event) -> Iterator[None]:
    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _reconciling(reading: Reading) -> Iterator[list[str]]:
    """Runs reconcile every few seconds, where a schedule has a minute at least. Yields the runs that ended in an error."""
    stop, errors = Event(), list[str]()

    def tick() -> None:
        while not stop.wait(_RECONCILE_SECONDS):
            try:
                if error := reading.reconcile():
                    errors.append(error)
            except (BotoCoreError, ClientError) as failure:
                errors.append(type(failure).__name__)

    with _in_background(tick, stop):
        yield errors


def _wait_for_silence(dice: Dice) -> None:
    """Until no function has called DynamoDB for some seconds: late copies of webhooks and the stream's last batches are done."""
    calls, since = dice.calls, time.monotonic()
    while time.monotonic() - since < _SILENCE_SECONDS:
        time.sleep(0.5)
        if dice.calls != calls:
            calls, since = dice.calls, time.monotonic()


def _works(backend_log: Path) -> Counter[str]:
    """How often the backend did each job, by its log."""
    lines = [json.loads(line) for line in backend_log.read_text().splitlines() if line.startswith("{")]
    return Counter(line["job_id"] for line in lines if line["message"] in {"job completed", "job failed"})
