"""`Idempotency-Key`, and the limit of open jobs, from the gateway's event to the item and the answer."""

from collections.abc import Callable
from typing import Any

import pytest
import responses

from generate.app import handler
from sorami.errors import JobNotFound
from sorami.idempotency import MAX_REFUSALS, job_ids
from sorami.jobs import Completed, Job, State
from sorami.store import JobStore
from sorami.times import now
from sorami.tombstones import LIFETIME
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import failed, image, minutes, new_user
from tests.support.stack import BACKEND_URL, Stack

ROUTE = "POST /api/images/generate"
BACKEND = f"{BACKEND_URL}/api/images/generate"
ASKED = {"prompt": "un chat", "num_images": 2}


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("GenerateFunction", MaxOpenJobsPerUser="3")


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def user() -> str:
    return new_user()


def ask(user: str, key: str | None = "the-key", **body: Any) -> Answer:
    headers = {} if key is None else {"idempotency-key": key}
    return invoke(handler, request(ROUTE, user=user, body=ASKED | body, headers=headers))


def jobs_of(store: JobStore, user: str) -> list[Job]:
    return list(store.all_by(user, limit=50).jobs)


def complete(store: JobStore, job_id: str) -> Job:
    event = Completed(images=(image(job_id),), generated_at=minutes(1), message="1 image")
    return store.apply(job_id, event, minutes(1)).job


def is_replay(answer: Answer) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


# The key


def test_the_same_key_and_body_give_the_same_answer_and_the_backend_is_asked_once(
    user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    http.post(BACKEND, status=202)
    first = ask(user)
    again = ask(user, num_images="2", unknown="ignored")
    assert (first.status, is_replay(first)) == (202, False)
    assert (again.status, is_replay(again)) == (202, True)
    assert again.json == first.json
    assert again.headers["location"] == first.headers["location"]
    assert len(http.calls) == 1
    assert len(jobs_of(store, user)) == 1


def test_a_replay_says_what_was_said_at_first_whatever_has_become_of_the_job(
    user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    http.post(BACKEND, status=202)
    first = ask(user)
    complete(store, first.json["job_id"])
    assert ask(user).json == first.json


def test_without_a_key_every_request_is_a_job(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    assert not is_replay(ask(user, None))
    assert not is_replay(ask(user, None))
    assert len(jobs_of(store, user)) == 2


def test_users_do_not_share_keys(user: str, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    assert ask(user).json["job_id"] != ask(new_user()).json["job_id"]


def test_another_body_is_422_and_changes_nothing(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    ask(user)
    before = jobs_of(store, user)
    assert ask(user, prompt="un chien").codes == (422, "idempotency_key_reused")
    assert jobs_of(store, user) == before
    assert len(http.calls) == 1


@pytest.mark.parametrize("key", ["", "a b", "é", "a" * 256])
def test_a_malformed_key_is_400_and_nothing_is_stored(key: str, user: str, store: JobStore, http: responses.RequestsMock) -> None:
    answer = ask(user, key)
    assert (answer.codes, answer.json["errors"]) == ((400, "invalid_idempotency_key"), [])
    assert jobs_of(store, user) == []
    assert len(http.calls) == 0


def test_a_backend_that_is_away_uses_the_key_up_and_is_not_asked_again(
    user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    """The job waits, and reconcile has it."""
    http.post(BACKEND, status=503)
    first, again = ask(user), ask(user)
    assert (first.status, again.status, is_replay(again)) == (202, 202, True)
    assert len(http.calls) == 1


# Requests that were refused


def test_a_bad_request_does_not_use_up_its_key(user: str, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    assert ask(user, prompt="").status == 400
    answer = ask(user, prompt="un chien")
    assert (answer.status, is_replay(answer)) == (202, False)


def test_a_refusal_of_the_backend_does_not_use_up_the_key(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    """Neither for the same request nor for another; each try is a job of its own, and the first success holds the key."""
    refusal = http.post(BACKEND, status=422)
    assert ask(user).codes == ask(user).codes == (502, "backend_rejected")
    http.replace(refusal)
    http.post(BACKEND, status=202)
    started = ask(user, prompt="un chien")
    assert (started.status, is_replay(started)) == (202, False)
    assert is_replay(ask(user, prompt="un chien"))
    assert ask(user).status == 422
    states = [job.state for job in jobs_of(store, user)]
    assert sorted(states) == ["FAILED", "FAILED", "PENDING"]
    assert [job.job_id for job in jobs_of(store, user) if job.state is State.PENDING] == [list(job_ids(user, "the-key"))[2]]


def test_a_backend_that_refuses_for_ever_is_not_asked_for_ever(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=400)
    answers = [ask(user) for _ in range(MAX_REFUSALS + 2)]
    assert {answer.codes for answer in answers} == {(502, "backend_rejected")}
    assert len(http.calls) == MAX_REFUSALS
    assert answers[-1].json["job_id"] == answers[MAX_REFUSALS - 1].json["job_id"]


def test_the_last_refusal_names_its_job_also_when_all_of_them_were_deleted(
    user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    http.post(BACKEND, status=400)
    refused = [ask(user).json["job_id"] for _ in range(MAX_REFUSALS)]
    assert all(store.bury(store.get(job_id), now()) for job_id in refused)
    answer = ask(user)
    assert (answer.codes, answer.json["job_id"]) == ((502, "backend_rejected"), refused[-1])


# A job that was deleted


def test_a_key_whose_job_was_deleted_is_410_for_any_body(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    job = complete(store, ask(user).json["job_id"])
    assert store.bury(job, now())
    assert ask(user).codes == ask(user, prompt="un chien").codes == (410, "job_deleted")
    assert len(http.calls) == 1
    with pytest.raises(JobNotFound):
        store.get(job.job_id)


def test_a_refused_job_that_was_deleted_leaves_its_key_free(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    refusal = http.post(BACKEND, status=422)
    refused = ask(user)
    assert store.bury(store.get(refused.json["job_id"]), now())
    http.replace(refusal)
    http.post(BACKEND, status=202)
    assert ask(user).status == 202
    assert is_replay(ask(user))


def test_a_tombstone_has_nothing_of_its_owner_and_an_end(
    user: str, store: JobStore, stack: Stack, http: responses.RequestsMock
) -> None:
    http.post(BACKEND, status=202)
    job = complete(store, ask(user).json["job_id"])
    at = now()
    assert store.bury(job, at)
    item = stack.item(job.job_id) or {}
    assert set(item) == {"job_id", "deleted_at", "expires_at", "writer"}
    assert item["expires_at"] == {"N": str(int((at + LIFETIME).timestamp()))}
    assert jobs_of(store, user) == []
    assert store.completed_by(user, limit=5).jobs == ()


# The limit of open jobs


def test_a_job_too_many_is_429_and_nothing_is_stored_or_asked(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    answers = [ask(user, None) for _ in range(3)]
    assert [answer.headers["ratelimit"] for answer in answers] == [f'"open-jobs";r={left}' for left in (2, 1, 0)]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"open-jobs";q=3;qu="concurrent-requests"'}
    refused = ask(user, None)
    assert refused.codes == (429, "too_many_open_jobs")
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["ratelimit"] == '"open-jobs";r=0'
    assert len(jobs_of(store, user)) == len(http.calls) == 3
    assert ask(new_user(), None).status == 202


def test_a_job_that_ends_makes_room(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    first, *_ = [ask(user, None) for _ in range(3)]
    store.apply(first.json["job_id"], failed(), now())
    assert ask(user, None).status == 202
    assert ask(user, None).status == 429


def test_a_request_that_is_over_the_limit_does_not_use_up_its_key(
    user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    http.post(BACKEND, status=202)
    others = [ask(user, None) for _ in range(3)]
    assert ask(user).status == 429
    store.apply(others[0].json["job_id"], failed(), now())
    answer = ask(user, prompt="un chien")
    assert (answer.status, is_replay(answer)) == (202, False)


def test_a_replay_is_not_limited(user: str, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    first = ask(user)
    for _ in range(2):
        ask(user, None)
    again = ask(user)
    assert (again.status, is_replay(again), again.json) == (202, True, first.json)
    assert again.headers["ratelimit"] == '"open-jobs";r=0'


def test_at_the_limit_a_key_that_was_only_refused_is_new(user: str, http: responses.RequestsMock) -> None:
    refusal = http.post(BACKEND, status=422)
    assert ask(user).status == 502
    http.replace(refusal)
    http.post(BACKEND, status=202)
    for _ in range(3):
        ask(user, None)
    assert ask(user).status == 429


def test_at_the_limit_the_key_of_a_deleted_job_is_410_as_ever(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, status=202)
    assert store.bury(complete(store, ask(user).json["job_id"]), now())
    for _ in range(3):
        ask(user, None)
    assert ask(user).codes == (410, "job_deleted")
    assert ask(user, "another").status == 429


def test_a_replay_is_not_limited_after_a_refused_job_of_its_key_was_deleted(
    user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    refusal = http.post(BACKEND, status=422)
    assert store.bury(store.get(ask(user).json["job_id"]), now())
    http.replace(refusal)
    http.post(BACKEND, status=202)
    started = ask(user)
    for _ in range(2):
        ask(user, None)
    again = ask(user)
    assert (again.status, is_replay(again), again.json) == (202, True, started.json)


def test_at_the_limit_a_key_that_may_try_no_more_gets_its_last_refusal(user: str, http: responses.RequestsMock) -> None:
    refusal = http.post(BACKEND, status=400)
    last = [ask(user) for _ in range(MAX_REFUSALS)][-1]
    http.replace(refusal)
    http.post(BACKEND, status=202)
    for _ in range(3):
        ask(user, None)
    assert (ask(user).codes, ask(user).json["job_id"]) == ((502, "backend_rejected"), last.json["job_id"])


def test_zero_is_no_limit_and_asks_nothing(user: str, deploy: Callable[..., None], http: responses.RequestsMock) -> None:
    deploy("GenerateFunction", MaxOpenJobsPerUser="0")
    http.post(BACKEND, status=202)
    answers = [ask(user, None) for _ in range(5)]
    assert {answer.status for answer in answers} == {202}
    assert all("ratelimit" not in answer.headers for answer in answers)
