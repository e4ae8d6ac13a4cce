"""`GET /api/images/user`, from the gateway's event to the answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from query import app
from sorami.jobs import Job
from sorami.store import JobStore
from sorami.times import iso, now
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import completed, failed, new_user, pending_job
from tests.support.stack import Stack

GALLERY = "GET /api/images/user"


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("QueryFunction", ImageRetentionDays="30")


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job()).job


def gallery(user: str, **query: str) -> Answer:
    return invoke(app.handler, request(GALLERY, user=user, query=query))


def finish(store: JobStore, job: Job, *, days_ago: float = 0, count: int = 2) -> Job:
    return store.apply(job.job_id, completed(job.job_id, count=count), now() - timedelta(days=days_ago)).job


# Gallery


def test_a_gallery_card(job: Job, store: JobStore) -> None:
    done = finish(store, job, count=1)
    assert done.finished_at is not None
    content = gallery(job.user_id).json
    [card] = content.pop("generations")
    assert content == {"page": 1, "limit": 12, "next_cursor": None}
    [image] = card.pop("images")
    assert card == {
        "id": job.job_id,
        "prompt": job.order.prompt,
        "status": "COMPLETED",
        "numImages": 1,
        "createdAt": "2026-01-02T12:00:00.678Z",
        "completedAt": iso(done.finished_at),
        "model": "sorami-1",
        "processingTime": 12.5,
    }
    assert f"/images/{job.job_id}/image_1.webp?" in image.pop("fileUrl")
    assert image == {
        "id": f"{job.job_id}-1",
        "filename": "image_1.webp",
        "fileSize": 524_288,
        "format": "WEBP",
        "width": 512,
        "height": 384,
        "aspectRatio": "512x384",
        "createdAt": iso(done.finished_at),
    }


def test_a_gallery_shows_no_files_that_have_expired(job: Job, store: JobStore) -> None:
    finish(store, job, days_ago=31)
    [card] = gallery(job.user_id).json["generations"]
    assert card["images"] == []


def five_of(user: str, store: JobStore) -> list[str]:
    """Five finished jobs, newest first, among others that are not."""
    made = [store.create(pending_job(user_id=user)).job for _ in range(5)]
    for age, job in enumerate(made):
        finish(store, job, days_ago=5 - age)
    store.apply(store.create(pending_job(user_id=user)).job.job_id, failed(), now())
    store.create(pending_job(user_id=user))
    return [job.job_id for job in reversed(made)]


def ids(answer: Answer) -> list[str]:
    return [card["id"] for card in answer.json["generations"]]


def test_cursors_lead_through_the_whole_gallery(store: JobStore) -> None:
    user = new_user()
    expected = five_of(user, store)
    first = gallery(user, limit="2")
    second = gallery(user, limit="2", cursor=first.json["next_cursor"])
    third = gallery(user, limit="2", cursor=second.json["next_cursor"])
    assert [ids(first), ids(second), ids(third)] == [expected[:2], expected[2:4], expected[4:]]
    assert [answer.json["page"] for answer in (first, second, third)] == [1, 2, 3]
    assert third.json["next_cursor"] is None


def test_pages_by_number_are_the_same_pages(store: JobStore) -> None:
    user = new_user()
    expected = five_of(user, store)
    pages = [gallery(user, limit="2", page=str(number)) for number in (1, 2, 3, 4)]
    assert [ids(page) for page in pages] == [expected[:2], expected[2:4], expected[4:], []]
    assert [page.json["page"] for page in pages] == [1, 2, 3, 4]


@pytest.mark.parametrize(("word", "number"), [("COMPLETED", 5), ("ALL", 7), ("FAILED", 1), ("PENDING", 1), ("CANCELLED", 0)])
def test_the_gallery_by_status(word: str, number: int, store: JobStore) -> None:
    user = new_user()
    five_of(user, store)
    cards = gallery(user, status=word, limit="100").json["generations"]
    assert len(cards) == number
    assert word == "ALL" or {card["status"] for card in cards} <= {word}


def test_a_rare_status_is_found_page_by_page(store: JobStore) -> None:
    user = new_user()
    rare = []
    for number in range(6):
        job = store.create(pending_job(user_id=user, created_at=now() + timedelta(seconds=number))).job
        if number in {0, 2, 3, 5}:  # so that a page could bring more than is still missing
            store.apply(job.job_id, failed(), now())
            rare.append(job.job_id)
    first = gallery(user, status="FAILED", limit="2")
    second = gallery(user, status="FAILED", limit="2", cursor=first.json["next_cursor"])
    assert [ids(first), ids(second)] == [rare[:1:-1], rare[1::-1]]


def test_numbered_pages_of_a_rare_status_never_show_a_job_twice(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """One request looks through two jobs here: page 1 finds one, and the rest is for its cursor."""
    monkeypatch.setattr("query.images._STRIDE", 1)
    monkeypatch.setattr("query.images._MAX_QUERIES", 2)
    user = new_user()
    rare = []
    for number in range(6):
        job = store.create(pending_job(user_id=user, created_at=now() + timedelta(seconds=number))).job
        if number % 2:
            store.apply(job.job_id, failed(), now())
            rare.append(job.job_id)
    pages = [gallery(user, status="FAILED", limit="2", page=str(number)) for number in (1, 2, 3)]
    assert [ids(page) for page in pages] == [rare[2:], [], []]
    for page in pages:
        onward = gallery(user, status="FAILED", limit="2", cursor=page.json["next_cursor"])
        assert ids(onward) == rare[1:2]


def test_another_user_sees_an_empty_gallery(job: Job, store: JobStore) -> None:
    finish(store, job)
    assert gallery(new_user()).json["generations"] == gallery(new_user(), status="ALL").json["generations"] == []


def test_a_cursor_is_good_for_its_user_and_its_list_only(store: JobStore) -> None:
    """Row 28."""
    user = new_user()
    five_of(user, store)
    cursor = gallery(user, limit="2").json["next_cursor"]
    feed = request("GET /api/notifications", user=user, query={"cursor": cursor})
    for answer in (gallery(new_user(), cursor=cursor), gallery(user, cursor=cursor, status="ALL"), invoke(app.handler, feed)):
        assert answer.codes == (400, "invalid_cursor")


@pytest.mark.parametrize("cursor", ["x", "####", "a" * 2048, "é", "AAAA", "=", "..", "\x00"], ids=ascii)
def test_a_cursor_that_is_none_is_400(cursor: str) -> None:
    assert gallery(new_user(), cursor=cursor).codes == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "101"}, {"page": "0"}, {"status": "DONE"}, {"limit": "x"}, {"limit": "1_0"}, {"page": "1.0"}],
)
def test_a_bad_query_is_400(query: dict[str, str]) -> None:
    answer = gallery(new_user(), **query)
    assert answer.codes == (400, "invalid_request")
    assert answer.pointers == [f"#/{next(iter(query))}"]
