"""pydantic's verdicts as faults: a JSON pointer (RFC 6901, as a URI fragment) and a text in the user's language."""

import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from sorami.errors import Fault
from sorami.texts import text

_BY_TYPE = {
    "json_invalid": "fault.not_json",
    "json_type": "fault.not_json",
    "model_type": "fault.not_object",
    "model_attributes_type": "fault.not_object",
    "missing": "fault.missing",
    "string_type": "fault.string",
    "string_unicode": "fault.unicode",
    "int_type": "fault.integer",
    "int_parsing": "fault.integer",
    "int_parsing_size": "fault.integer",
    "int_from_float": "fault.integer",
    "float_type": "fault.number",
    "float_parsing": "fault.number",
    "finite_number": "fault.number",
    "bool_type": "fault.boolean",
    "bool_parsing": "fault.boolean",
    "greater_than_equal": "fault.minimum",
    "less_than_equal": "fault.maximum",
    "string_too_short": "fault.too_short",
    "string_too_long": "fault.too_long",
    "too_short": "fault.too_few",
    "too_long": "fault.too_many",
    "literal_error": "fault.choice",
    "enum": "fault.choice",
    "datetime_parsing": "fault.time",
    "datetime_from_date_parsing": "fault.time",
    "datetime_object_invalid": "fault.time",
    "datetime_type": "fault.time",
}
_ENUM_MEMBER = re.compile(r"<\w+\.\w+: (.*?)>")  # how pydantic writes one: <State.PENDING: 'PENDING'>
_LIMITS = ("ge", "le", "min_length", "max_length")


def custom_fault(key: str) -> PydanticCustomError:
    """An error of our own rules; `key` is a key of the catalogue of texts."""
    return PydanticCustomError("sorami", "{key}", {"key": key})


def faults_of(error: ValidationError, locale: str) -> list[Fault]:
    """Every fault of the input, in the order of its fields. The input itself is never repeated."""
    return [_fault(detail, locale) for detail in error.errors(include_url=False, include_input=False)]


def _fault(detail: ErrorDetails, locale: str) -> Fault:
    context = detail.get("ctx", {})
    key = str(context["key"]) if detail["type"] == "sorami" else _BY_TYPE.get(detail["type"], "fault.value")
    limit = next((context[name] for name in _LIMITS if name in context), "")
    expected = _ENUM_MEMBER.sub(r"\1", str(context.get("expected", ""))).replace("'", "").replace(" or ", ", ")
    return Fault(pointer=_pointer(detail["loc"]), detail=text(key, locale, limit=limit, expected=expected))


def _pointer(location: tuple[int | str, ...]) -> str:
    return "#" + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)
