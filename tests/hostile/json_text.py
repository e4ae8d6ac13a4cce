"""JSON as no serializer would write it: duplicate keys, NaN, numbers beyond all measure, raw control characters."""

import json
from typing import Any


class Raw(str):
    """A piece of JSON text, taken as it is."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may come twice."""


def pairs_of(value: Any) -> Any:
    """The value with every object as `Pairs`."""
    match value:
        case dict():
            return Pairs((name, pairs_of(inner)) for name, inner in value.items())
        case list():
            return [pairs_of(inner) for inner in value]
    return value


def to_text(value: Any) -> str:
    match value:
        case Raw():
            return str(value)
        case Pairs():
            return "{" + ", ".join(f"{json.dumps(name)}: {to_text(inner)}" for name, inner in value) + "}"
        case list():
            return "[" + ", ".join(map(to_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
