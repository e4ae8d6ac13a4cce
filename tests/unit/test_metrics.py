"""Every metric really is emitted: the handlers run, and what they print is read as CloudWatch reads it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest
import responses

from sorami import observability
from sorami.times import now
from tests.support.bench import Bench
from tests.support.counting import SCENARIOS, SECONDS, Scenario, silent, told
from tests.support.embedded import metrics_in
from tests.support.gateway import FakeContext
from tests.support.samples import completed
from tests.support.stack import Stack
from tests.support.stream import record

NAMESPACE = "Sorami/sorami-test"


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
    told(bench)
    silent(bench, 503)
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
