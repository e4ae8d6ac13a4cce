"""The driver of AWS's stream rules keeps those rules: each test is a sentence of the guide that its module names."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.stream import record
from tests.support.streams import FOREVER, FunctionDied, Mapped, Record, StreamDriver, checkpoint_of, matches, sequence_number


def records(count: int) -> list[Record]:
    return [record({"job_id": {"S": str(number)}, "status": {"S": "COMPLETED"}}) for number in range(count)]


def place(of: Record) -> int:
    return int(of["dynamodb"]["Keys"]["job_id"]["S"])


def reporting(bad: Callable[[Record], bool], seen: list[int] | None = None) -> Callable[[dict[str, Any], Any], Any]:
    """A function that handles every record and reports all the bad ones."""

    def handler(event: dict[str, Any], _context: Any) -> Any:
        if seen is not None:
            seen.extend(place(one) for one in event["Records"])
        failures = [{"itemIdentifier": sequence_number(one)} for one in event["Records"] if bad(one)]
        return {"batchItemFailures": failures}

    return handler


def places(driver: StreamDriver, shard: list[Record]) -> list[list[int]]:
    """The calls, each as the places of its records in the shard."""
    numbers = [sequence_number(one) for one in shard]
    return [[numbers.index(number) for number in call] for call in driver.calls]


def run(handler: Callable[..., Any], shard: list[Record], **settings: Any) -> StreamDriver:
    driver = StreamDriver(handler, Mapped(**settings))
    driver.run({"shard-1": shard})
    return driver


def discarded(driver: StreamDriver) -> list[tuple[str, int]]:
    return [(one["requestContext"]["condition"], one["DDBStreamBatchInfo"]["batchSize"]) for one in driver.discarded]


def test_a_shard_is_read_in_order_and_in_batches() -> None:
    shard = records(7)
    assert places(run(reporting(lambda _: False), shard, batch_size=3), shard) == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_partial_failure_is_retried_from_the_lowest_reported_number_on() -> None:
    shard, seen = records(5), []  # type: tuple[list[Record], list[int]]
    once = iter([True])
    handler = reporting(lambda one: place(one) == 4 or (place(one) == 2 and next(once, False)), seen)
    driver = run(handler, shard, reports_failures=True, retries=1)
    assert places(driver, shard) == [[0, 1, 2, 3, 4], [2, 3, 4]]
    assert discarded(driver) == [("RetryAttemptsExhausted", 1)]


def test_without_report_batch_item_failures_an_answer_is_not_looked_at() -> None:
    shard = records(3)
    driver = run(reporting(lambda _: True), shard)
    assert (places(driver, shard), driver.discarded) == ([[0, 1, 2]], [])


def test_a_failing_first_record_takes_its_whole_batch_along_when_the_retries_are_used_up() -> None:
    shard = records(3)
    driver = run(reporting(lambda one: place(one) == 0), shard, reports_failures=True, bisects=True, retries=2)
    assert places(driver, shard) == [[0, 1, 2]] * 3
    assert discarded(driver) == [("RetryAttemptsExhausted", 3)]


def test_the_destination_is_told_where_records_lay_and_not_what_they_were() -> None:
    shard = records(2)
    driver = run(reporting(lambda _: True), shard, reports_failures=True, retries=0)
    [told] = driver.discarded
    first, last = (sequence_number(one) for one in shard)
    where = {"shardId": "shard-1", "startSequenceNumber": first, "endSequenceNumber": last, "batchSize": 2}
    assert told["DDBStreamBatchInfo"] == where
    assert "NewImage" not in str(told)


@pytest.mark.parametrize("failure", [ValueError("bug"), FunctionDied()])
def test_a_function_error_is_bisected_down_to_the_culprit_without_using_up_retries(failure: BaseException) -> None:
    shard, handled = records(4), []  # type: tuple[list[Record], list[int]]

    def handler(event: dict[str, Any], _context: Any) -> None:
        if any(place(one) == 2 for one in event["Records"]):
            raise failure
        handled.extend(place(one) for one in event["Records"])

    driver = run(handler, shard, bisects=True, retries=1)
    assert places(driver, shard) == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [2], [3]]
    assert handled == [0, 1, 3]
    assert discarded(driver) == [("RetryAttemptsExhausted", 1)]


def test_without_bisecting_a_function_error_repeats_the_batch() -> None:
    shard = records(3)

    def handler(_event: dict[str, Any], _context: Any) -> None:
        raise ValueError

    driver = run(handler, shard, retries=1)
    assert places(driver, shard) == [[0, 1, 2]] * 2
    assert discarded(driver) == [("RetryAttemptsExhausted", 3)]


def test_a_failing_shard_holds_up_no_other() -> None:
    bad, good = records(1), records(2)
    driver = StreamDriver(reporting(lambda one: one is bad[0]), Mapped(batch_size=1, reports_failures=True, retries=5))
    driver.run({"bad": bad, "good": good})
    numbers = [sequence_number(one) for one in (*bad, *good)]
    assert [numbers.index(call[0]) for call in driver.calls] == [0, 1, 0, 2, 0, 0, 0, 0]


def test_records_that_grow_too_old_are_discarded_however_many_retries_are_left() -> None:
    shard = records(2)
    shard[0]["dynamodb"]["ApproximateCreationDateTime"] = 0.0
    shard[1]["dynamodb"]["ApproximateCreationDateTime"] = 30.0
    handled: list[int] = []
    handler = reporting(lambda one: place(one) == 0, handled)
    driver = StreamDriver(handler, Mapped(reports_failures=True, max_age=60), pause=25.0)
    driver.run({"shard-1": shard})
    assert handled == [0, 1, 0, 1, 0, 1, 1]
    assert discarded(driver) == [("RecordAgeExceeded", 1)]


def test_what_the_filter_refuses_is_no_call() -> None:
    shard = records(2)
    shard[0]["dynamodb"]["NewImage"]["status"] = {"S": "PENDING"}
    finished = {"dynamodb": {"NewImage": {"status": {"S": ["COMPLETED", "FAILED"]}}}}
    driver = StreamDriver(reporting(lambda _: False), Mapped(patterns=(finished,)))
    driver.run({"shard-1": shard})
    assert places(driver, shard) == [[1]]


@pytest.mark.parametrize(
    ("answer", "checkpoint"),
    [
        (None, None),
        ({}, None),
        ({"batchItemFailures": None}, None),
        ({"batchItemFailures": []}, None),
        ({"batchItemFailures": [{"itemIdentifier": "12"}, {"itemIdentifier": "11"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, -1),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, -1),
        ({"batchItemFailures": [{"itemIdentifer": "11"}]}, -1),
        ({"batchItemFailures": [{"itemIdentifier": "99"}]}, -1),
    ],
)
def test_what_an_answer_means(answer: Any, checkpoint: int | None) -> None:
    assert checkpoint_of(answer, ["10", "11", "12"]) == checkpoint


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["REMOVE"]}, False),
        ({"dynamodb": {"NewImage": {"status": {"S": ["FAILED"]}}}}, False),
        ({"dynamodb": {"NewImage": {"status": {"S": [{"exists": True}]}}}}, True),
        ({"dynamodb": {"NewImage": {"open_user": [{"exists": False}]}}}, True),
        ({"dynamodb": {"NewImage": {"open_user": {"S": [{"exists": False}]}}}}, False),
    ],
)
def test_what_a_filter_lets_through(pattern: dict[str, Any], passes: bool) -> None:
    assert matches(pattern, records(1)[0]) is passes


def test_settings_come_from_the_template() -> None:
    mapped = Mapped.of("NotifyFunction", "ChangedJobs", batch_size=7)
    assert (mapped.reports_failures, mapped.bisects, mapped.batch_size) == (True, True, 7)
    assert (mapped.retries, mapped.max_age) == (FOREVER, 86_400)
    assert mapped.patterns
    assert Mapped.of("IngestFunction", "FilesOnTheBackend").retries == 50
