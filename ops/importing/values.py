"""Single values of exported rows: texts, numbers, booleans, times and JSON, as databases write them. All raise Unusable."""

import json
import math
import unicodedata
from datetime import datetime
from typing import Any

from sorami.times import parse

_TRUE = frozenset({"t", "true", "1", "yes", "y", "\x01"})
_FALSE = frozenset({"f", "false", "0", "no", "n", "\x00", ""})
_NO_TIME = "0000-00-00"


class Unusable(Exception):
    """The row or file cannot be imported. `reason` is a short code for programs, `detail` a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def text(value: Any) -> str:
    """Without the white space around it; empty for null. Objects and lists are no texts."""
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        raise Unusable("no_text", f"a text is expected, not {type(value).__name__}")
    said = str(value).strip()
    try:
        said.encode()
    except UnicodeEncodeError as error:
        raise Unusable("not_utf8", "the text is not UTF-8") from error
    return said


def cleaned(value: str, longest: int) -> str:
    """As the API would have taken it: no control characters but newline and tab, and no longer than that."""
    kept = "".join(one for one in value if one in "\n\t" or unicodedata.category(one) != "Cc")
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def number(value: Any) -> float | None:
    """None for null, and for what is negative or no number: such a measure is not known."""
    try:
        found = float(text(value))
    except ValueError:
        return None
    return found if math.isfinite(found) and 0 <= found <= 10**15 else None  # as for a webhook's measures


def whole(value: Any) -> int | None:
    found = number(value)
    return int(found) if found is not None else None


def truth(value: Any) -> bool:
    """`t`, `1`, `true`; null is false."""
    if isinstance(value, bool) or value is None:
        return bool(value)
    said = str(value).strip().lower()
    if said in _TRUE or said in _FALSE:
        return said in _TRUE
    raise Unusable("no_boolean", f"{said[:40]!r} is neither true nor false")


def moment(value: Any, name: str) -> datetime | None:
    """ISO 8601, with a space for the `T`, with a zone or without one, which is UTC. MySQL's zero date is null."""
    said = text(value)
    if not said or said.startswith(_NO_TIME):
        return None
    try:
        return parse(said)
    except ValueError as error:
        raise Unusable("no_time", f"{name} {said[:40]!r} is no ISO 8601 time") from error


def document(value: Any) -> dict[str, Any]:
    """A JSON object, as one or as its text; empty for null."""
    if value is None or value == "":
        return {}
    try:
        found = json.loads(value, parse_constant=_refuse) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise Unusable("no_json", "metadata is not JSON") from error
    if not isinstance(found, dict):
        raise Unusable("no_json", "metadata is no JSON object")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(constant)
