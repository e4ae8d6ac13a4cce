"""JSON Schemas (2020-12) of the wire, by name. pydantic writes them; `wording` adds what types cannot say."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, cast

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from openapi.wording import FIELDS, SCHEMAS

type Schema = dict[str, Any]
REF = "#/components/schemas/{model}"


class _Plain(GenerateJsonSchema):
    """Without the titles that only repeat a name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # the base class's signature
        return False


def components(requests: Sequence[type[BaseModel]], answers: Sequence[Any]) -> dict[str, Schema]:
    """Every named schema that these use, worded for readers. Raises KeyError for words about what is not there."""
    inputs: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
        *((kind.__name__, "validation", TypeAdapter(kind)) for kind in requests),
        *((kind.__name__, "serialization", TypeAdapter(kind)) for kind in answers),
    ]
    _, everything = TypeAdapter.json_schemas(inputs, ref_template=REF, schema_generator=_Plain)
    found = cast("dict[str, Schema]", everything["$defs"])
    for schema in found.values():
        schema.pop("title", None)
        for one in _within(schema):
            _without_null_default(one)
    for name, words in SCHEMAS.items():
        found[name] |= words
    for (name, field), said in FIELDS.items():
        _describe(found[name]["properties"], field, said)
    return dict(sorted(found.items()))


def _describe(properties: dict[str, Schema], field: str, words: str | Schema) -> None:
    if isinstance(words, str):
        words = {"description": words}
    if "type" in words or "anyOf" in words or "enum" in words:
        kept = {key: value for key, value in properties[field].items() if key in {"default", "description"}}
        properties[field] = {**kept, **words}
    else:
        properties[field] = {**properties[field], **words}


def _without_null_default(schema: Schema) -> None:
    """That an optional member counts as null where it is missing tells a caller nothing."""
    if "default" in schema and schema["default"] is None:
        del schema["default"]


def _within(schema: Any) -> Iterator[Schema]:
    if isinstance(schema, dict):
        yield schema
        for inner in schema.values():
            yield from _within(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _within(inner)
