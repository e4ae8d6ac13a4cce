"""What AWS is asked, counted by botocore's own events, and what DynamoDB says that it consumed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_EVENTS = ("provide-client-params.dynamodb", "before-call", "after-call.dynamodb")


@dataclass(frozen=True, slots=True)
class Consumed:
    """Capacity units of one request, by where: `table`, or an index's name."""

    operation: str
    units: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.units.values())


@dataclass
class Meter:
    calls: list[str] = field(default_factory=list)
    consumed: list[Consumed] = field(default_factory=list)

    @contextmanager
    def watching(self, events: Any) -> Iterator["Meter"]:
        """`events`: of a client (`client.meta.events`) or of a session whose clients are yet to be made."""
        handlers = (self._ask, self._meet, self._note)
        for event, handler in zip(_EVENTS, handlers, strict=True):
            events.register(event, handler)
        try:
            yield self
        finally:
            for event, handler in zip(_EVENTS, handlers, strict=True):
                events.unregister(event, handler)

    def _ask(self, params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any]:
        can_tell = "ReturnConsumedCapacity" in model.input_shape.members
        return {**params, "ReturnConsumedCapacity": "INDEXES"} if can_tell else params

    def _meet(self, model: Any, **_: Any) -> None:
        self.calls.append(f"{model.service_model.service_name}.{model.name}")

    def _note(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        found = parsed.get("ConsumedCapacity", [])
        for one in found if isinstance(found, list) else [found]:
            self.consumed.append(Consumed(model.name, _units(one)))


def _units(said: Mapping[str, Any]) -> dict[str, float]:
    indexes = {**said.get("GlobalSecondaryIndexes", {}), **said.get("LocalSecondaryIndexes", {})}
    units = {name: one["CapacityUnits"] for name, one in indexes.items()}
    table = said.get("Table", {}).get("CapacityUnits", said.get("CapacityUnits", 0) - sum(units.values()))
    return {name: number for name, number in {"table": table, **units}.items() if number}
