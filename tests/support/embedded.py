"""Metrics in CloudWatch's embedded format (EMF), read strictly from what a function printed.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_METRICS = MOST_VALUES = 100
UNITS = {"Count", "Seconds"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    namespace: str
    service: str
    name: str
    unit: str
    values: tuple[float, ...]


def metrics_in(printed: str) -> list[Metric]:
    """Every metric of every line that is one; other lines are passed over. An invalid one is an AssertionError."""
    return [metric for line in printed.splitlines() for metric in metrics_of_line(line)]


def metrics_of_line(line: str) -> Iterator[Metric]:
    said = json_in(line)
    if said is None or "_aws" not in said:
        return
    assert isinstance(said["_aws"]["Timestamp"], int), line
    for directive in said["_aws"]["CloudWatchMetrics"]:
        assert directive["Dimensions"] == [["service"]], line
        assert 0 < len(directive["Metrics"]) <= MOST_METRICS, line
        for metric in directive["Metrics"]:
            yield Metric(
                namespace=directive["Namespace"],
                service=said["service"],
                name=metric["Name"],
                unit=metric["Unit"],
                values=_values(said[metric["Name"]]),
            )


def _values(said: Any) -> tuple[float, ...]:
    values = tuple(said if isinstance(said, list) else [said])
    assert 0 < len(values) <= MOST_VALUES
    assert all(isinstance(value, int | float) and math.isfinite(value) for value in values)
    return values


def json_in(line: str) -> dict[str, Any] | None:
    """The object that a line logs, or None. A local engine may put something of its own before it."""
    try:
        said = json.loads(line[line.index("{") :])
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
