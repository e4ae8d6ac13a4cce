"""Times for people: as they read them, and as they ask for them."""

import re
from datetime import datetime, timedelta

from sorami.times import iso, parse

_SPAN = re.compile(r"(\d{1,6})\s*(s|m|min|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def moment_since(text: str, now: datetime) -> datetime:
    """`90s`, `15min`, `2h`, `7d` back from now, or an ISO 8601 time. Raises ValueError."""
    if found := _SPAN.fullmatch(text.strip()):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        return parse(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time: 90s, 15min, 2h, 7d, or an ISO 8601 time such as 2026-01-02T03:04Z") from None


def moment(at: datetime) -> str:
    """`2026-01-02 03:04:05Z`: to the second, for people."""
    return f"{iso(at)[:10]} {iso(at)[11:19]}Z"


def span(length: timedelta) -> str:
    """`3 s`, `12 min`, `5 h`, `9 d`: the largest unit of which there are two, or the smallest."""
    seconds = int(abs(length.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def ago(at: datetime, now: datetime) -> str:
    return f"{span(now - at)} ago" if at <= now else f"in {span(at - now)}"
