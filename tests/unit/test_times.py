from datetime import UTC, datetime, timedelta, timezone

import pytest

from sorami.times import iso, now, parse, to_milliseconds


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T01:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05.000Z"),  # noqa: DTZ001  # backends send such
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds_and_z(moment: datetime, text: str) -> None:
    assert iso(moment) == text
    assert parse(text) == to_milliseconds(moment)


@pytest.mark.parametrize(
    "text",
    ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678999+00:00", "2026-01-02T03:04:05.678", "2026-01-02T05:04:05.678+02:00"],
)
def test_any_iso_8601_time_is_read(text: str) -> None:
    assert parse(text) == datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_what_is_no_time_in_utc_is_a_value_error(text: str) -> None:
    """Row 15: never an OverflowError, which nobody expects."""
    with pytest.raises(ValueError, match=r"\w"):
        parse(text)


def test_written_times_sort_as_the_times_do() -> None:
    start = datetime(2025, 12, 31, 23, 59, 59, 990_000, tzinfo=UTC)
    moments = [start + timedelta(milliseconds=step) for step in range(0, 5000, 7)]
    assert sorted(map(iso, moments)) == [iso(moment) for moment in moments]


def test_now_survives_being_written_and_read() -> None:
    moment = now()
    assert parse(iso(moment)) == moment
    assert moment.tzinfo is UTC
