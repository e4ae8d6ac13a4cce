import json
from datetime import UTC, datetime

import pytest

from local.lines import colour_of, render

NOON = datetime(2026, 1, 2, 12, 0, 1, tzinfo=UTC)


def shown(message: str) -> str | None:
    line = render(NOON, "webhook", "cyan", message)
    return None if line is None else " ".join(line.plain.split())


def test_a_powertools_line_is_time_function_level_message_and_job() -> None:
    event = {
        "level": "INFO",
        "location": "app:12",
        "message": "job completed",
        "timestamp": "…",
        "service": "webhook",
        "job_id": "j1",
    }
    assert shown(json.dumps(event)) == "12:00:01 webhook INFO job completed job=j1"


def test_the_correlation_id_stands_in_for_a_missing_job() -> None:
    assert shown('{"level": "INFO", "message": "seen", "correlation_id": "j2"}') == "12:00:01 webhook INFO seen job=j2"


def test_keys_that_the_code_added_are_shown() -> None:
    assert shown('{"level": "WARNING", "message": "late", "status": "FAILED", "attempt": 2}') == (
        "12:00:01 webhook WARNING late status=FAILED attempt=2"
    )


def test_an_exception_is_its_name_and_its_last_line() -> None:
    event = {"level": "ERROR", "message": "no", "exception_name": "KeyError", "exception": "Traceback …\n  File …\nKeyError: 'x'"}
    assert shown(json.dumps(event)) == "12:00:01 webhook ERROR no KeyError KeyError: 'x'"


@pytest.mark.parametrize(
    "noise",
    [
        "START RequestId: 1 Version: $LATEST",
        "END RequestId: 1",
        "REPORT RequestId: 1\tDuration: 3 ms",
        '{"_aws": {}, "n": 1}',
        "",
    ],
)
def test_what_the_platform_prints_and_metrics_are_left_out(noise: str) -> None:
    assert shown(noise) is None


@pytest.mark.parametrize("text", ["Traceback (most recent call last):", "{not json", "[1]", "[bold]plain[/bold]"])
def test_a_line_that_is_no_json_object_is_shown_as_it_is(text: str) -> None:
    assert shown(text) == f"12:00:01 webhook {text}"


def test_every_function_keeps_a_colour_of_its_own() -> None:
    everyone = ["generate", "notify", "query", "webhook", "backend"]
    assert len({colour_of(name, everyone) for name in everyone}) == len(everyone)
