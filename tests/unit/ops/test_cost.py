"""`sorami cost`: what jobs cost by what they made the service do, and a month of them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.cost.measured import measured_before
from benchmarks.results import load
from ops import costing
from ops.costing import average_course, model, write_units
from sorami.jobs import Cancelled, Job, State
from sorami.store import JobStore
from sorami.times import now
from tests.support.one_job import measured_events, measured_job
from tests.support.samples import completed, failed, order, pending_job
from tests.unit.ops.conftest import Ask
from tests.unit.ops.test_jobs import store

__all__ = ["store"]

type AskJson = Callable[..., Any]
LIVE = load("cost")["dollars_per_job"]["live updates"]


def recent(**changes: Any) -> Job:
    at = now() - timedelta(minutes=5)
    return pending_job(created_at=at, updated_at=at, **changes)


def finished(store: JobStore, job: Job) -> Job:
    store.create(job)
    return store.apply(job.job_id, completed(job.job_id), now()).job


def test_the_job_that_was_measured_is_as_many_units_as_dynamodb_said(store: JobStore) -> None:
    """So the arithmetic of sizes here is the engine's."""
    job = store.create(measured_job()).job
    for event in measured_events(job.job_id):
        job = store.apply(job.job_id, event, now()).job
    assert write_units(job, measured_before()) == measured_before().write_units == 12


def test_a_longer_prompt_costs_more_units_with_every_write(store: JobStore) -> None:
    short, long = (finished(store, recent(order=order(prompt="x" * length))) for length in (100, 3900))
    # The item is written twice and copied into the index of cards once, each four kilobytes larger.
    assert write_units(long, measured_before()) - write_units(short, measured_before()) == 3 * 4 - 1


def test_an_end_without_images_or_without_a_word_to_anybody_costs_less(store: JobStore) -> None:
    at = now()
    jobs = {name: store.create(recent(user_id="u")).job for name in ("open", "failed", "cancelled")}
    gone = store.apply(jobs["failed"].job_id, failed(), at).job
    cancelled = store.apply(jobs["cancelled"].job_id, Cancelled(by="u", message="…"), at).job
    units = [write_units(job, measured_before()) for job in (jobs["open"], cancelled, gone, finished(store, recent()))]
    assert units == sorted(set(units))


def test_with_no_jobs_the_measured_one_stands_for_them_and_is_docs_costs_own(
    store: JobStore, ask: Ask, ask_json: AskJson
) -> None:
    found = ask_json("cost", "--jobs-per-second", "1")
    assert (found["jobs"], found["seen_jobs_per_second"], found["states"]) == (0, 0, {})
    assert found["dollars"]["million"]["together"] == pytest.approx(sum(LIVE.values()) * 1e6)
    assert found["dollars"]["month"]["together"] == pytest.approx(sum(LIVE.values()) * 30 * 86400)
    shown = ask("cost").stdout
    assert "stands for them" in shown
    assert f"{sum(LIVE.values()) * 1e6:.2f}" in shown
    assert "a month like" not in shown
    assert "a month at" not in shown, "at which rate?"


def test_polling_is_the_other_column_of_the_document(store: JobStore, ask_json: AskJson) -> None:
    polled = ask_json("cost", "--polling")["dollars"]["million"]
    polled.pop("together")
    expected = load("cost")["dollars_per_job"]["polling every 2 s"]
    assert polled == {item: pytest.approx(dollars * 1e6) for item, dollars in expected.items()}


def test_jobs_are_counted_by_what_became_of_them_and_make_the_rate(store: JobStore, ask: Ask, ask_json: AskJson) -> None:
    for _ in range(2):
        finished(store, recent())
    store.apply(store.create(recent()).job.job_id, failed(), now())
    store.create(pending_job())  # made long ago
    found = ask_json("cost", "--days", "2")
    assert (found["jobs"], found["states"]) == (3, {"COMPLETED": 2, "FAILED": 1})
    assert found["jobs_per_second"] == pytest.approx(3 / (2 * 86400))
    assert found["average"]["images"] == pytest.approx(4 / 3)
    assert found["average"]["reports"] == 1
    together = {name: items["together"] for name, items in found["dollars"].items()}
    assert together["jobs"] == pytest.approx(together["million"] * 3 / 1e6)
    assert together["month"] == pytest.approx(together["jobs"] * 15)
    shown = ask("cost", "--days", "2").stdout
    assert "3 jobs of the stack sorami-test in 2 days: 2 COMPLETED, 1 FAILED." in shown
    assert "a month like these" in shown


def test_line_items_add_up_and_prices_have_a_day(store: JobStore, ask: Ask) -> None:
    finished(store, recent())
    shown = ask("cost", "--jobs-per-second", "100").stdout
    rows = [line.split() for line in shown.splitlines() if re.search(r"\d\.\d+ +[\d,]+\.\d\d$", line)]
    months = [float(row[-1].replace(",", "")) for row in rows]
    assert rows[-1][0] == "together"
    assert months[-1] == pytest.approx(sum(months[:-1]), abs=0.05)
    assert f"List prices of us-east-1 as of {load('cost')['prices']['as_of']}" in shown


def test_more_reports_larger_images_and_longer_polling_cost_more(store: JobStore) -> None:
    prices, at = model(), now()
    job = finished(store, recent())
    busy = replace(job, version=job.version + 5)
    large = replace(job, images=tuple(replace(image, size_bytes=50_000_000) for image in job.images))
    slow = replace(job, created_at=job.created_at - timedelta(hours=1))

    def dollars(one: Job, *, polling: bool = False) -> dict[str, float]:
        return prices.dollars(average_course([one], prices, polling=polling, now=at))

    assert all(dollars(busy)[item] > dollars(job)[item] for item in ("API Gateway", "Lambda", "DynamoDB writes", "Logs"))
    assert dollars(large)["S3 (a month)"] > 10 * dollars(job)["S3 (a month)"]
    assert dollars(slow) == dollars(job)
    assert dollars(slow, polling=True)["API Gateway"] > 10 * dollars(job, polling=True)["API Gateway"]


def test_an_image_of_unknown_size_counts_as_one_of_the_model(store: JobStore) -> None:
    job = finished(store, recent())
    unknown = replace(job, images=tuple(replace(image, size_bytes=None) for image in job.images))
    assert average_course([unknown], model(), polling=False, now=now()).gigabytes == pytest.approx(2 * 0.5e-3)


def test_what_was_imported_has_cost_nothing_here(store: JobStore, ask_json: AskJson) -> None:
    store.create(replace(recent(), imported=True, state=State.FAILED, due_at=None, finished_at=now()))
    assert ask_json("cost")["jobs"] == 0


def test_a_table_too_large_to_look_through_is_admitted(store: JobStore, ask: Ask) -> None:
    for _ in range(3):
        store.create(recent())
    assert "Only 2 rows were looked at" in ask("cost", "--rows", "2").stderr


@pytest.mark.parametrize("words", [["--days", "0"], ["--jobs-per-second", "-1"], ["--days", "soon"]])
def test_a_time_or_rate_that_makes_no_sense_is_wrong_usage(words: list[str], ask: Ask) -> None:
    assert ask("cost", *words).exit_code == 2


def test_where_nothing_was_measured_a_sentence_says_what_to_do(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> Any:
        raise FileNotFoundError("cost.json")

    monkeypatch.setattr(costing, "measured_before", nothing)
    answer = ask("cost")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "make bench-warm" in answer.stderr
