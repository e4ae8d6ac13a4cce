from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests
import responses
from standardwebhooks import Webhook

from examples.backend.secret import secret_source
from examples.backend.webhook import JobCancelled, Reporter

from .conftest import WEBHOOK, events


@pytest.fixture
def reporter(pauses: list[float]) -> Reporter:
    return Reporter(requests.Session(), WEBHOOK, lambda: "s3cret", "production", "job-1", pause=pauses.append)


def answer(wire: responses.RequestsMock, *statuses: int) -> None:
    for status in statuses:
        wire.post(WEBHOOK, status=status, json={"success": status == 200, "applied": True})


def test_events_carry_the_job_the_secret_and_the_environment(wire: responses.RequestsMock, reporter: Reporter) -> None:
    answer(wire, 200)
    reporter.progress("generating", 60, "…")
    assert wire.calls[0].request.headers["X-Webhook-Secret"] == "s3cret"
    event = events(wire)[0]
    assert event.pop("timestamp").endswith("Z")
    assert event == {"job_id": "job-1", "environment": "production", "status": "generating", "progress": 60, "message": "…"}


def test_failures_say_what_and_why(wire: responses.RequestsMock, reporter: Reporter) -> None:
    answer(wire, 200)
    reporter.failed("internal", "Oups")
    event = events(wire)[0]
    assert (event["status"], event["error_code"], event["error_message"], event["message"]) == (
        "failed",
        "internal",
        "Oups",
        "Oups",
    )


@pytest.mark.parametrize("status", [401, 408, 425, 429, 500, 503, 302, 403])
def test_an_outcome_is_told_until_it_is_heard(
    wire: responses.RequestsMock, reporter: Reporter, pauses: list[float], status: int
) -> None:
    answer(wire, status, status, 200)
    reporter.completed({})
    assert len(events(wire)) == 3
    assert len(pauses) == 2


def test_an_outcome_that_was_refused_is_told_with_the_secret_that_is_good_by_then(
    wire: responses.RequestsMock, tmp_path: Path
) -> None:
    """The service retired the one that the job began with."""
    path = tmp_path / "secret"
    path.write_text("the-first\n", encoding="utf-8")

    def rotate(_seconds: float) -> None:
        path.write_text("the-second\n", encoding="utf-8")

    answer(wire, 401, 200)
    Reporter(requests.Session(), WEBHOOK, secret_source("", path), "production", "job-1", pause=rotate).completed({})
    sent = [call.request for call in wire.calls]
    assert [request.headers["X-Webhook-Secret"] for request in sent] == ["the-first", "the-second"]
    Webhook(b"the-second").verify(sent[1].body or b"", dict(sent[1].headers))


def test_a_secret_that_cannot_be_read_any_more_is_the_one_that_was_read_last(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("the-second", encoding="utf-8")
    secret = secret_source("the-first", path)
    assert secret() == "the-second"
    path.write_text("", encoding="utf-8")  # as a careless writer leaves it for a moment
    assert secret() == "the-second"
    path.unlink()
    assert secret() == "the-second"


def test_an_outcome_survives_a_broken_network(wire: responses.RequestsMock, reporter: Reporter) -> None:
    wire.post(WEBHOOK, body=requests.ConnectionError())
    answer(wire, 200)
    reporter.failed("internal", "")
    assert len(events(wire)) == 2


@pytest.mark.parametrize("status", [400, 404, 413])
def test_a_final_refusal_is_not_repeated(wire: responses.RequestsMock, reporter: Reporter, status: int) -> None:
    answer(wire, status, 200)
    reporter.completed({})
    assert len(events(wire)) == 1


def test_tries_are_bounded_and_waits_grow(wire: responses.RequestsMock, reporter: Reporter, pauses: list[float]) -> None:
    answer(wire, 503)
    reporter.completed({})
    assert len(events(wire)) == 8
    assert all(0.5 * 2**step <= wait <= 2**step for step, wait in enumerate(pauses[:5]))
    assert max(pauses) <= 30


def test_redirects_are_not_followed(wire: responses.RequestsMock, reporter: Reporter) -> None:
    wire.post(WEBHOOK, status=307, headers={"Location": "https://elsewhere.test/"})
    reporter.progress("saving", 90, "")
    assert [call.request.url for call in wire.calls] == [WEBHOOK]


@pytest.mark.parametrize(
    ("retry_after", "bounds"),
    [
        (lambda: "17", (17, 17)),
        (lambda: "9999", (120, 120)),
        (lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True), (50, 60)),
        (lambda: "soon", (0.5, 1)),
    ],
)
def test_retry_after_is_honoured_within_reason(
    wire: responses.RequestsMock,
    reporter: Reporter,
    pauses: list[float],
    retry_after: Callable[[], str],
    bounds: tuple[float, float],
) -> None:
    wire.post(WEBHOOK, status=503, headers={"Retry-After": retry_after()})
    answer(wire, 200)
    reporter.completed({})
    assert bounds[0] <= pauses[0] <= bounds[1]


@pytest.mark.parametrize(
    "nonsense", ["Mon, 01 Jan 2030 00:00:00 +99999999999999", "Mon, 99999999999999999999 Jan 2030 00:00:00 GMT"]
)
def test_a_retry_after_that_is_no_time_costs_no_outcome(wire: responses.RequestsMock, reporter: Reporter, nonsense: str) -> None:
    wire.post(WEBHOOK, status=503, headers={"Retry-After": nonsense})
    answer(wire, 200)
    reporter.completed({})
    assert len(events(wire)) == 2


@pytest.mark.parametrize("status", [500, 401, 404])
def test_lost_progress_is_neither_repeated_nor_fatal(wire: responses.RequestsMock, reporter: Reporter, status: int) -> None:
    answer(wire, status)
    reporter.progress("saving", 90, "")
    assert len(events(wire)) == 1


def test_a_cancelled_job_is_noticed(wire: responses.RequestsMock, reporter: Reporter) -> None:
    wire.post(WEBHOOK, json={"success": True, "applied": False, "status": "CANCELLED"})
    with pytest.raises(JobCancelled):
        reporter.progress("saving", 90, "")


def test_a_job_that_was_cancelled_and_deleted_is_noticed(wire: responses.RequestsMock, reporter: Reporter) -> None:
    wire.post(WEBHOOK, status=404, json={"code": "job_not_found", "status": 404})
    with pytest.raises(JobCancelled):
        reporter.progress("saving", 90, "")
    with pytest.raises(JobCancelled):
        reporter.completed({})
    assert len(events(wire)) == 2


@pytest.mark.parametrize("said", [{"message": "Not Found"}, {"code": "not_found"}, ["job_not_found"]])
def test_a_404_of_somebody_else_says_nothing_of_the_job(wire: responses.RequestsMock, reporter: Reporter, said: object) -> None:
    wire.post(WEBHOOK, status=404, json=said)
    reporter.progress("saving", 90, "")
    assert len(events(wire)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "[]",
        pytest.param("[" * 50_000, id="nested"),
        '{"applied": false, "status": "COMPLETED"}',
        '{"applied": true, "status": "CANCELLED"}',
    ],
)
def test_other_answers_are_no_cancellation(wire: responses.RequestsMock, reporter: Reporter, text: str) -> None:
    wire.post(WEBHOOK, body=text)
    reporter.completed({})
    assert len(events(wire)) == 1


def test_each_try_is_signed_over_the_bytes_that_are_sent_and_keeps_the_messages_id(
    wire: responses.RequestsMock, reporter: Reporter
) -> None:
    answer(wire, 503, 200)
    reporter.completed({"images": ["à"]})
    ids = set()
    for call in wire.calls:
        assert isinstance(call.request.body, bytes)
        Webhook(b"s3cret").verify(call.request.body, dict(call.request.headers))
        ids.add(call.request.headers["webhook-id"])
    assert len(wire.calls) == 2
    assert len(ids) == 1
