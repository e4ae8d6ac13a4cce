"""Jobs that are not wanted any more: cancelled while open, deleted once finished."""

import json
from uuid import uuid4

import pytest
import requests

from local.aws import Clients
from local.stack import Stack
from tests.support.api import Api, completed, failed, progress, wait_for
from tests.support.tables import Tables


def _files(stack: Stack, job_id: str) -> list[str]:
    found = Clients(stack.aws_endpoint_url).s3.list_objects_v2(Bucket=stack.images_bucket, Prefix=f"images/{job_id}/")
    return [one["Key"] for one in found.get("Contents", [])]


def _backend_status(stack: Stack, job_id: str) -> str:
    headers = {"Authorization": f"Bearer {stack.backend_api_key}"}
    answer = requests.get(f"{stack.backend_url}/api/images/status/{job_id}", headers=headers, timeout=20)
    word: str = answer.json()["status"]
    return word


# Cancel


def test_a_cancelled_job_stays_cancelled_whatever_is_reported_and_nobody_is_told(api: Api, stack: Stack) -> None:
    job_id = api.new_job()
    assert api.webhook(progress(job_id, "generating", 60)).json()["applied"] is True
    cancelled = api.cancel(job_id)
    assert cancelled.status_code == 200
    assert (cancelled.json()["status"], cancelled.json()["progress"]) == ("CANCELLED", 60)
    assert api.cancel(job_id).text == cancelled.text
    for late in (progress(job_id, "saving", 90), completed(job_id), failed(job_id)):
        answer = api.webhook(late)
        assert answer.status_code == 200
        assert (answer.json()["applied"], answer.json()["status"]) == (False, "CANCELLED")
    assert api.status(job_id) == cancelled.json()
    # A second job's notification shows that the stream has passed the first one's records.
    assert api.webhook(completed(api.new_job())).json()["applied"] is True
    assert job_id not in json.dumps(api.feed_with(1))
    result = api.get(f"/api/images/{job_id}/result")
    assert (result.status_code, result.json()["status"]) == (409, "CANCELLED")


@pytest.mark.parametrize("is_deleted", [False, True], ids=["cancelled", "and deleted"])
def test_the_backend_stops_when_it_hears_that_its_job_was_cancelled(is_deleted: bool, api: Api, stack: Stack) -> None:
    job_id = api.new_job("!slow un chat", size="512x512")
    wait_for(lambda: api.status(job_id)["status"], lambda status: status != "PENDING", "the backend's first report")
    assert api.cancel(job_id).status_code == 200
    if is_deleted:
        assert api.delete(job_id).status_code == 204
    wait_for(lambda: _backend_status(stack, job_id), lambda status: status == "CANCELLED", "the backend to stop")
    assert _files(stack, job_id) == []


def test_a_finished_job_can_no_longer_be_cancelled(api: Api) -> None:
    job_id = api.new_job()
    assert api.webhook(completed(job_id)).json()["applied"] is True
    answer = api.cancel(job_id)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (409, "job_already_finished", "COMPLETED")


# Delete


def test_a_deleted_job_is_gone_with_its_files_and_its_notification_stays(api: Api, stack: Stack) -> None:
    job_id = api.new_job("un chat", size="512x512", num_images=2)
    assert api.watch(job_id)[-1]["status"] == "COMPLETED"
    assert len(_files(stack, job_id)) == 2
    url = api.get(f"/api/images/{job_id}/result").json()["images"][0]["url"]
    assert requests.get(url, timeout=20).status_code == 200
    api.feed_with(1)
    deleted = api.delete(job_id)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert _files(stack, job_id) == []
    assert requests.get(url, timeout=20).status_code == 404
    for question in ("status", "result"):
        assert api.get(f"/api/images/{job_id}/{question}").status_code == 404
    assert api.delete(job_id).status_code == api.cancel(job_id).status_code == 404
    for status in ("COMPLETED", "ALL"):
        assert api.get("/api/images/user", status=status).json()["generations"] == []
    assert [one["metadata"]["generationId"] for one in api.feed()["notifications"]] == [job_id]
    assert api.webhook(completed(job_id)).status_code == 404
    assert set(Tables.of(stack).job(job_id)) == {"job_id", "deleted_at", "expires_at", "writer"}


def test_an_open_job_cannot_be_deleted_and_a_cancelled_one_can(api: Api) -> None:
    job_id = api.new_job()
    answer = api.delete(job_id)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (409, "job_still_open", "PENDING")
    assert api.cancel(job_id).status_code == 200
    assert api.delete(job_id).status_code == 204


def test_row_28_another_users_job_can_be_neither_cancelled_nor_deleted(api: Api, stack: Stack) -> None:
    job_id = api.new_job()
    stranger = Api.of_new_user(stack)
    for deed in (stranger.cancel, stranger.delete):
        theirs, never_was = deed(job_id), deed(str(uuid4()))
        assert theirs.status_code == never_was.status_code == 404
        assert theirs.json() | {"request_id": ""} == never_was.json() | {"request_id": ""}
    assert api.status(job_id)["status"] == "PENDING"
