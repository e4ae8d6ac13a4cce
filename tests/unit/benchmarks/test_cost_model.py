"""What a job costs, by line item."""

import pytest

from benchmarks.cost.measured import measured_before
from benchmarks.cost.model import POLLS, Course, dollars_of, ours, tutorial
from benchmarks.prices import PER
from benchmarks.results import load

COST = load("cost")
MEASURED = measured_before()


def test_the_model_gives_what_was_written_down() -> None:
    ways = {
        "live updates": ours(MEASURED, COST["memory"], live=True),
        "polling every 2 s": ours(MEASURED, COST["memory"], live=False),
        "as in tutorials": tutorial(MEASURED),
    }
    assert {name: pytest.approx(items) for name, items in ways.items()} == COST["dollars_per_job"]


def test_each_thing_that_a_job_does_more_of_is_billed_at_its_price() -> None:
    def dollars(**changes: float) -> dict[str, float]:
        return dollars_of(Course(write_units=12, **changes), MEASURED, COST["memory"])  # type: ignore[arg-type]

    def more(item: str, **changes: float) -> float:
        return dollars(**changes)[item] - dollars()[item]

    assert more("API Gateway", reports=5) == pytest.approx(PER["http_request"] + PER["websocket_message"])
    assert more("API Gateway", outcomes=2) == pytest.approx(PER["websocket_message"])
    assert more("API Gateway", polls=POLLS) == pytest.approx(POLLS * PER["http_request"])
    assert more("SNS", outcomes=3) == pytest.approx(2 * PER["sns_publish"])
    assert more("S3 (a month)", gigabytes=1.001) == pytest.approx(PER["s3_gb_month"])
    assert more("S3 (a month)", images=3) == pytest.approx(PER["s3_put"] + PER["s3_get"])
    assert dollars()["DynamoDB writes"] == pytest.approx(12 * PER["write_unit"])
