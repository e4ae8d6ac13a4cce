"""What a job was measured to consume: units by DynamoDB's own account, processor time and log bytes by `make bench-warm`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.results import load

_WRITING = {"PutItem", "UpdateItem"}


@dataclass(frozen=True, slots=True)
class Measured:
    """`writes`: units by step and place (`table`, or an index); `reads`: units by step; `cpu_ms`, `log_bytes`: of a call, by
    function."""

    writes: Mapping[str, Mapping[str, float]]
    reads: Mapping[str, float]
    cpu_ms: Mapping[str, float]
    log_bytes: Mapping[str, float]

    @property
    def write_units(self) -> float:
        """Of the whole job."""
        return sum(sum(places.values()) for places in self.writes.values())


def measured_from(steps: Mapping[str, Any], warm: Mapping[str, Any]) -> Measured:
    """`steps`: name → the Meter that watched it."""
    functions = warm["functions"]
    return Measured(
        writes={name: _written(meter) for name, meter in steps.items()},
        reads={name: _read(meter) for name, meter in steps.items()},
        cpu_ms={name: one["ours"]["cpu_ms"] for name, one in functions.items()},
        log_bytes={name: one["log_bytes"] for name, one in functions.items()},
    )


def step_of(meter: Any) -> dict[str, Any]:
    """What docs/cost.md shows of a step; the table before its indexes, which engines name in orders of their own."""
    return {
        "requests": [call.removeprefix("dynamodb.") for call in meter.calls],
        "writes": [
            pair
            for one in meter.consumed
            if one.operation in _WRITING
            for pair in sorted(one.units.items(), key=lambda pair: (pair[0] != "table", pair[0]))
        ],
        "reads": _read(meter),
    }


def measured_before() -> Measured:
    """As `make cost` last left it. Raises FileNotFoundError, and KeyError if that was before it kept this."""
    return Measured(**load("cost")["measured"])


def _read(meter: Any) -> float:
    return float(sum(one.total for one in meter.consumed if one.operation not in _WRITING))


def _written(meter: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in meter.consumed:
        if one.operation in _WRITING:
            for place, units in one.units.items():
                found[place] = found.get(place, 0.0) + units
    return found
