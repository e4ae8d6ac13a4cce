"""Times as this service reads and writes them: UTC, ISO 8601 with milliseconds and `Z`, which also sorts as text."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC, cut to milliseconds so that what is stored equals what was held in memory."""
    return to_milliseconds(datetime.now(UTC))


def to_milliseconds(moment: datetime) -> datetime:
    """In UTC and without the microseconds; a time without a zone counts as UTC (docs/api.md, "Webhook"). Raises ValueError."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:  # year 1 east of Greenwich, year 9999 west of it
        raise ValueError("no such time in UTC") from error
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """`2026-01-02T03:04:05.678Z`."""
    return to_milliseconds(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """The reverse of `iso`; takes any ISO 8601 time. Raises ValueError."""
    return to_milliseconds(datetime.fromisoformat(text))
