"""Cancel and delete, from the gateway's event to the item, the files and the answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from discard.app import discarding, handler
from sorami.clients import client
from sorami.errors import JobNotFound
from sorami.jobs import ErrorCode, Failed, Job, JobEvent, Progressed, State, new_job_id
from sorami.store import JobStore
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import completed, failed, minutes, new_user, pending_job
from tests.support.stack import Stack

CANCEL = "POST /api/images/{id}/cancel"
DELETE = "DELETE /api/images/{id}"
TIMED_OUT = Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True)


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("DiscardFunction")


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job()).job


def cancel(job_id: str, user: str) -> Answer:
    return invoke(handler, request(CANCEL, user=user, path={"id": job_id}))


def delete(job_id: str, user: str) -> Answer:
    return invoke(handler, request(DELETE, user=user, path={"id": job_id}))


def put(stack: Stack, *keys: str) -> None:
    for key in keys:
        stack.s3.put_object(Bucket=stack.images_bucket, Key=key, Body=b"x")


def keys(stack: Stack, prefix: str) -> list[str]:
    found = stack.s3.list_objects_v2(Bucket=stack.images_bucket, Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


# Cancel


@pytest.mark.parametrize("state", ["PENDING", "INITIALIZING", "GENERATING", "SAVING"])
def test_an_open_job_is_cancelled(state: str, job: Job, store: JobStore, stack: Stack) -> None:
    if state != "PENDING":
        store.apply(job.job_id, Progressed(state=State(state), progress=30, message="…"), minutes(1))
    before = store.get(job.job_id)
    answer = cancel(job.job_id, job.user_id)
    assert answer.status == 200
    assert (answer.json["job_id"], answer.json["status"], answer.json["progress"]) == (job.job_id, "CANCELLED", before.progress)
    assert answer.json["message"] == "Génération annulée"
    after = store.get(job.job_id)
    assert (after.state, after.version, after.due_at) == (State.CANCELLED, before.version + 1, None)
    assert after.finished_at is not None
    assert "open_user" not in (stack.item(job.job_id) or {})


def test_cancelling_again_gives_the_same_answer_and_changes_nothing(job: Job, store: JobStore) -> None:
    first = cancel(job.job_id, job.user_id)
    before = store.get(job.job_id)
    assert cancel(job.job_id, job.user_id).text == first.text
    assert store.get(job.job_id) == before


@pytest.mark.parametrize("end", ["completed", "failed", "timed out"])
def test_a_finished_job_is_409_and_stays_as_it_is(end: str, job: Job, store: JobStore) -> None:
    events: dict[str, JobEvent] = {"completed": completed(job.job_id), "failed": failed(), "timed out": TIMED_OUT}
    finished = store.apply(job.job_id, events[end], minutes(1)).job
    answer = cancel(job.job_id, job.user_id)
    assert answer.codes == (409, "job_already_finished")
    assert (answer.json["status"], answer.json["progress"]) == (finished.state, finished.progress)
    assert store.get(job.job_id) == finished


def test_nothing_revives_a_cancelled_job(job: Job, store: JobStore) -> None:
    cancel(job.job_id, job.user_id)
    before = store.get(job.job_id)
    progress = Progressed(state=State.SAVING, progress=90, message="…")
    reports: list[JobEvent] = [completed(job.job_id), failed(), TIMED_OUT, progress]
    for late in reports:
        outcome = store.apply(job.job_id, late, minutes(9))
        assert (outcome.applied, outcome.job.state) == (False, State.CANCELLED)
    assert store.get(job.job_id) == before


def test_one_write_cancels(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    dynamodb = client("dynamodb")
    for operation in ("get_item", "put_item", "query"):
        monkeypatch.setattr(dynamodb, operation, None)
    assert cancel(job.job_id, job.user_id).status == 200


# Delete


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_a_finished_job_goes_with_its_files_and_only_its_own(end: str, job: Job, store: JobStore, stack: Stack) -> None:
    if end == "cancelled":
        cancel(job.job_id, job.user_id)
    else:
        store.apply(job.job_id, completed(job.job_id) if end == "completed" else failed(), minutes(1))
    neighbour = f"images/{new_job_id()}/image_1.png"
    put(stack, f"images/{job.job_id}/image_1.webp", f"images/{job.job_id}/of the backend's own/x.bin", neighbour)
    answer = delete(job.job_id, job.user_id)
    assert (answer.status, answer.text) == (204, "")
    assert keys(stack, f"images/{job.job_id}/") == []
    assert keys(stack, neighbour) == [neighbour]
    with pytest.raises(JobNotFound):
        store.get(job.job_id)
    assert store.all_by(job.user_id, limit=5).jobs == ()


def test_more_files_than_fit_into_one_page_go(job: Job, store: JobStore, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    store.apply(job.job_id, completed(job.job_id), minutes(1))
    put(stack, *[f"images/{job.job_id}/{number}.png" for number in range(5)])
    s3 = client("s3")
    paginator = s3.get_paginator

    def small_pages(name: Any) -> Any:
        real = paginator(name)
        monkeypatch.setattr(real, "paginate", lambda paginate=real.paginate, **asked: paginate(**asked, MaxKeys=2))
        return real

    monkeypatch.setattr(s3, "get_paginator", small_pages)
    assert delete(job.job_id, job.user_id).status == 204
    assert keys(stack, f"images/{job.job_id}/") == []


def test_deleting_again_is_404(job: Job, store: JobStore) -> None:
    store.apply(job.job_id, failed(), minutes(1))
    assert delete(job.job_id, job.user_id).status == 204
    assert delete(job.job_id, job.user_id).codes == (404, "job_not_found")
    assert cancel(job.job_id, job.user_id).codes == (404, "job_not_found")


def test_an_open_job_is_409_and_keeps_its_files(job: Job, store: JobStore, stack: Stack) -> None:
    put(stack, f"images/{job.job_id}/image_1.webp")
    answer = delete(job.job_id, job.user_id)
    assert answer.codes == (409, "job_still_open")
    assert answer.json["status"] == "PENDING"
    assert store.get(job.job_id) == job
    assert len(keys(stack, f"images/{job.job_id}/")) == 1


def test_a_delete_that_broke_off_is_finished_by_the_next(
    job: Job, store: JobStore, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are gone and the record is not: it can be deleted still, and is."""
    store.apply(job.job_id, completed(job.job_id), minutes(1))
    put(stack, f"images/{job.job_id}/image_1.webp")
    with monkeypatch.context() as broken:
        broken.setattr(client("dynamodb"), "put_item", _away)
        assert delete(job.job_id, job.user_id).codes == (503, "store_unavailable")
    assert store.get(job.job_id).state is State.COMPLETED
    assert delete(job.job_id, job.user_id).status == 204


def _away(**_asked: Any) -> None:
    raise EndpointConnectionError(endpoint_url="https://dynamodb")


def _refused_by_s3(**_asked: Any) -> Any:
    return {"Errors": [{"Key": "x", "Code": "InternalError"}]}


def _slow_down(**_asked: Any) -> None:
    raise ClientError({"Error": {"Code": "SlowDown"}}, "DeleteObjects")


@pytest.mark.parametrize("fault", [_away, _refused_by_s3, _slow_down])
def test_files_that_stay_keep_the_record(
    fault: Callable[..., Any], job: Job, store: JobStore, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = store.apply(job.job_id, completed(job.job_id), minutes(1)).job
    put(stack, f"images/{job.job_id}/image_1.webp")
    with monkeypatch.context() as broken:
        broken.setattr(client("s3"), "delete_objects", fault)
        assert delete(job.job_id, job.user_id).codes == (503, "files_unavailable")
    assert store.get(job.job_id) == finished
    assert delete(job.job_id, job.user_id).status == 204


def test_a_result_that_comes_while_its_job_is_deleted_goes_with_it(job: Job, store: JobStore, stack: Stack) -> None:
    """Row 26: our own timeout had ended the job."""
    store.apply(job.job_id, TIMED_OUT, minutes(1))
    story = discarding()
    files = story.files

    class LateResult:
        """Right after the files were removed, new ones are stored and reported."""

        times = 0

        def remove_all(self, job_id: str) -> int:
            removed = files.remove_all(job_id)
            if not self.times:
                put(stack, f"images/{job_id}/image_1.webp")
                assert store.apply(job_id, completed(job_id), minutes(2)).applied
            self.times += 1
            return removed

    late = LateResult()
    replace(story, files=late).delete_job(job.job_id, job.user_id)  # type: ignore[arg-type]  # stands in for JobFiles
    assert late.times == 2
    assert keys(stack, f"images/{job.job_id}/") == []


def test_of_two_deletes_at_once_one_finds_nothing(job: Job, store: JobStore) -> None:
    finished = store.apply(job.job_id, failed(), minutes(1)).job
    assert store.bury(finished, minutes(2))
    with pytest.raises(JobNotFound):
        store.bury(finished, minutes(2))


# Whose job it is (row 28)


@pytest.mark.parametrize("route", [CANCEL, DELETE])
@pytest.mark.parametrize("ended", [False, True], ids=["open", "finished"])
def test_another_users_job_is_the_same_bytes_as_an_id_that_was_never_used(
    route: str, ended: bool, job: Job, store: JobStore
) -> None:
    standing = store.apply(job.job_id, completed(job.job_id), minutes(1)).job if ended else job
    stranger = new_user()

    def bytes_for(job_id: str) -> str:
        event = request(route, user=stranger, path={"id": job_id})
        event["requestContext"]["requestId"] = "the-same"
        answer = invoke(handler, event)
        assert answer.codes == (404, "job_not_found")
        return f"{answer.headers} {answer.text}"

    assert bytes_for(job.job_id) == bytes_for(new_job_id()) == bytes_for("é/../%00")
    assert store.get(job.job_id) == standing


@pytest.mark.parametrize("route", [CANCEL, DELETE])
def test_it_needs_a_user(route: str, job: Job) -> None:
    assert invoke(handler, request(route, claims={"sub": "user_1"}, path={"id": job.job_id})).codes == (401, "unauthorized")


def test_an_unknown_route_is_404() -> None:
    assert invoke(handler, request("PATCH /x", user="user_1")).codes == (404, "not_found")
