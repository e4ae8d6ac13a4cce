"""`sorami jobs`, `sorami job` and `sorami notifications`: what people and programs get to see."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from notify.telling import notification_of
from ops.reading import Following, Wanted, latest_jobs
from ops.stack import Tables
from sorami.feed import Feed
from sorami.jobs import Cancelled, Job, Progressed, State
from sorami.store import JobStore
from sorami.times import now
from tests.support.samples import completed, failed, minutes, new_user, order, pending_job
from tests.support.stack import Stack
from tests.unit.ops.conftest import Ask

type AskJson = Callable[..., Any]


@pytest.fixture
def store(stack: Stack) -> JobStore:
    """An empty table: other tests' jobs would be among the latest."""
    for item in stack.items(stack.jobs_table):
        stack.dynamodb.delete_item(TableName=stack.jobs_table, Key={"job_id": item["job_id"]})
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def feed(stack: Stack) -> Feed:
    for item in stack.items(stack.notifications_table):
        stack.dynamodb.delete_item(TableName=stack.notifications_table, Key={name: item[name] for name in ("user_id", "sort")})
    return Feed(stack.dynamodb, stack.notifications_table)


@pytest.fixture
def tables(stack: Stack) -> Tables:
    return Tables(stack.dynamodb, stack.jobs_table, stack.notifications_table)


def ids(jobs: list[dict[str, Any]]) -> list[str]:
    return [job["job_id"] for job in jobs]


def told(feed: Feed, job: Job) -> None:
    feed.add(notification_of(job, "fr"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["jobs"], "No jobs yet."),
        (["jobs", "--status", "FAILED"], "No such jobs."),
        (["notifications"], "No notifications yet."),
        (["notifications", "--user", "nobody"], "No notifications yet."),
        (["notifications", "--unread"], "No unread notifications."),
        (["jobs", "--json"], "[]"),
    ],
)
def test_where_there_is_nothing_a_sentence_says_so(
    words: list[str], sentence: str, ask: Ask, store: JobStore, feed: Feed
) -> None:
    answer = ask(*words)
    assert (answer.exit_code, answer.stdout) == (0, f"{sentence}\n")


def test_the_latest_jobs_come_newest_first_and_no_more_than_asked_for(store: JobStore, ask_json: AskJson) -> None:
    jobs = [store.create(pending_job(created_at=minutes(number))).job for number in range(4)]
    assert ids(ask_json("jobs", "--limit", "3")) == [job.job_id for job in reversed(jobs[1:])]


def test_jobs_are_filtered_by_state_user_and_age(store: JobStore, ask_json: AskJson) -> None:
    user = new_user()
    old, young, open_one, foreign = (
        store.create(pending_job(user_id=owner, created_at=at)).job
        for owner, at in (
            (user, now() - timedelta(hours=3)),
            (user, now() - timedelta(minutes=5)),
            (user, now() - timedelta(minutes=4)),
            (new_user(), now() - timedelta(minutes=3)),
        )
    )
    for job in (old, young):
        store.apply(job.job_id, failed(), now())
    assert ids(ask_json("jobs", "--status", "failed")) == [young.job_id, old.job_id]
    assert ids(ask_json("jobs", "--status", "FAILED", "--since", "1h")) == [young.job_id]
    assert ids(ask_json("jobs", "--user", user)) == [open_one.job_id, young.job_id, old.job_id]
    assert ids(ask_json("jobs", "--user", user, "--status", "FAILED", "--since", "1h")) == [young.job_id]
    assert ids(ask_json("jobs", "--status", "open")) == [foreign.job_id, open_one.job_id]
    assert ids(ask_json("jobs", "--status", "open", "--status", "FAILED", "--limit", "2")) == [foreign.job_id, open_one.job_id]
    assert ids(ask_json("jobs", "--status", "open", "--since", "210s")) == [foreign.job_id]


def test_open_jobs_are_found_in_a_table_too_large_to_look_through(store: JobStore, tables: Tables) -> None:
    for _ in range(3):
        store.apply(store.create(pending_job()).job.job_id, failed(), minutes(1))
    waiting = store.create(pending_job()).job
    found, whole = latest_jobs(tables, Wanted(states=frozenset({State.PENDING}), rows=1))
    assert ([job.job_id for job in found], whole) == ([waiting.job_id], True)


def test_a_bound_that_was_met_is_admitted(store: JobStore, ask: Ask) -> None:
    for _ in range(3):
        store.create(pending_job())
    assert "Only 2 rows were looked at" in ask("jobs", "--rows", "2").stderr
    assert ask("jobs", "--rows", "3").stderr == ""
    assert "Only 2 rows were looked at" in ask("jobs", "--rows", "2", "--status", "open").stderr


@pytest.mark.parametrize("words", [["--status", "BUSY"], ["--since", "yesterday"], ["--limit", "0"]])
def test_a_filter_that_makes_no_sense_is_wrong_usage(words: list[str], ask: Ask) -> None:
    assert ask("jobs", *words).exit_code == 2


@pytest.mark.parametrize("columns", ["80", "160"])
def test_a_table_never_breaks_a_line_nor_an_id_nor_obeys_what_a_user_wrote(
    columns: str, store: JobStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = store.create(pending_job(order=order(prompt="un chat\n\x1b[31m[red]" + "très " * 100), user_id="u" * 90)).job
    monkeypatch.setenv("COLUMNS", columns)
    answer = ask("jobs")
    lines = answer.stdout.splitlines()
    assert len(lines) == 3
    assert max(len(line) for line in lines) <= int(columns)
    assert job.job_id in lines[2]
    assert "PENDING 0 %" in lines[2]
    assert "\x1b" not in answer.stdout
    assert "[red]" in answer.stdout or columns == "80"


def test_a_deleted_job_is_not_shown(store: JobStore, ask: Ask) -> None:
    job = store.create(pending_job()).job
    assert store.bury(store.apply(job.job_id, failed(), minutes(1)).job, minutes(2))
    assert ask("jobs").stdout == "No jobs yet.\n"
    gone = ask("job", job.job_id)
    assert (gone.exit_code, gone.stderr) == (3, f"There is no job {job.job_id!r} in this stack.\n")


@pytest.mark.parametrize("rows", [100, 3], ids=["looked through each time", "too large for that"])
def test_following_tells_each_change_once_and_the_ends_too(rows: int, store: JobStore, tables: Tables) -> None:
    for _ in range(2):
        store.apply(store.create(pending_job()).job.job_id, failed(), minutes(1))
    first, second = (store.create(pending_job(created_at=minutes(number))).job for number in (2, 3))
    following = Following(tables, Wanted(count=1, rows=rows))
    assert [job.job_id for job in following.look()] == [second.job_id]
    assert following.look() == []
    store.apply(first.job_id, Progressed(state=State.GENERATING, progress=60, message="…"), minutes(5))
    store.apply(second.job_id, failed(), minutes(6))
    third = store.create(pending_job(updated_at=minutes(7))).job
    news = [(job.job_id, job.state) for job in following.look()]
    assert news == [(first.job_id, "GENERATING"), (second.job_id, "FAILED"), (third.job_id, "PENDING")]
    assert following.look() == []


def test_follow_prints_lines_that_programs_can_read(store: JobStore, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    job = store.create(pending_job()).job

    def later(_seconds: float) -> None:
        if store.get(job.job_id).state.is_terminal:
            raise KeyboardInterrupt
        store.apply(job.job_id, completed(job.job_id), minutes(5))

    monkeypatch.setattr(time, "sleep", later)
    answer = ask("jobs", "--follow", "--json")
    assert answer.exit_code == 130
    assert [json.loads(line)["status"] for line in answer.stdout.splitlines()] == ["PENDING", "COMPLETED"]


def test_an_open_job_says_what_comes_next_and_when(store: JobStore, ask: Ask, ask_json: AskJson) -> None:
    job = store.create(pending_job(created_at=now(), updated_at=now(), due_at=now() + timedelta(seconds=60))).job
    found = ask_json("job", job.job_id)
    assert found["next"]["look"] == "asks"
    assert found["next"]["error_code"] == "backend_unavailable"
    assert [mark["what"] for mark in found["history"]] == ["accepted, PENDING"]
    shown = ask("job", job.job_id).stdout
    assert "reconcile looks at" in shown
    assert "asks its backend" in shown


def test_a_completed_job_shows_its_images_its_history_and_whether_its_user_was_told(
    store: JobStore, feed: Feed, ask: Ask, ask_json: AskJson
) -> None:
    job = store.create(pending_job()).job
    job = store.apply(job.job_id, completed(job.job_id), minutes(5)).job
    assert ask_json("job", job.job_id)["notification"] is None
    assert "has not been told yet" in ask("job", job.job_id).stdout
    told(feed, job)
    found = ask_json("job", job.job_id)
    assert found["next"] is None
    assert [image["location"].rpartition("/")[2] for image in found["images"]] == ["image_1.webp", "image_2.webp"]
    assert [mark["at"] for mark in found["history"]] == sorted(mark["at"] for mark in found["history"])
    assert found["history"][-1]["what"].startswith("COMPLETED: ")
    assert found["notification"]["type"] == "IMAGE_COMPLETED"
    shown = ask("job", job.job_id).stdout
    for words in ("Its user was told", "image_2.webp", "524,288", "un chat astronaute"):
        assert words in shown


def test_a_failed_job_says_whether_a_late_result_still_counts(store: JobStore, ask: Ask) -> None:
    ended = [
        store.apply(store.create(pending_job()).job.job_id, failed(deadline_passed=by_us), minutes(5)).job
        for by_us in (True, False)
    ]
    said = [ask("job", job.job_id).stdout for job in ended]
    assert ["comes late still counts" in one for one in said] == [True, False]


def test_of_a_cancelled_job_nobody_is_told(store: JobStore, ask: Ask) -> None:
    job = store.create(pending_job()).job
    store.apply(job.job_id, Cancelled(by=job.user_id, message="Annulée"), minutes(5))
    assert "Of a cancelled job nobody is told." in ask("job", job.job_id).stdout


def test_notifications_are_of_all_users_or_of_one_and_read_or_unread(
    store: JobStore, feed: Feed, ask: Ask, ask_json: AskJson
) -> None:
    mine, others = (store.apply(store.create(pending_job()).job.job_id, failed(), minutes(at)).job for at in (1, 2))
    told(feed, mine)
    told(feed, others)
    assert [one["user_id"] for one in ask_json("notifications")] == [others.user_id, mine.user_id]
    [one] = ask_json("notifications", "--user", mine.user_id)
    feed.mark(mine.user_id, one["id"], read=True, at=minutes(9))
    assert ask_json("notifications", "--user", mine.user_id, "--unread") == []
    assert [one["user_id"] for one in ask_json("notifications", "--unread")] == [others.user_id]
    assert mine.job_id in ask("notifications").stdout
