"""What backends may do to the webhook: repeat, shuffle, contradict, guess."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.stack import Stack
from tests.support.api import Api, completed, failed, progress
from tests.support.tables import Tables

_COPIES = 50
_AT_ONCE = 12  # each is a cold worker of the local engine; 50 writers at the same moment race in tests/engines


def test_row_7_fifty_copies_of_one_completion_are_one_transition_and_one_notification(api: Api, stack: Stack) -> None:
    tables = Tables.of(stack)
    job_id = api.new_job()
    before = tables.job(job_id)["version"]
    with ThreadPoolExecutor(_AT_ONCE) as senders:
        answers = list(senders.map(lambda _: api.webhook(completed(job_id, images=2)), range(_COPIES)))
    assert [answer.status_code for answer in answers] == [200] * _COPIES
    assert [answer.json()["applied"] for answer in answers].count(True) == 1
    assert {answer.json()["status"] for answer in answers if not answer.json()["applied"]} == {"COMPLETED"}
    assert tables.job(job_id)["version"] == before + 1
    api.feed_with(1)
    # A second job's notification shows that the stream has passed the first one's records.
    assert api.webhook(completed(api.new_job())).json()["applied"] is True
    told = [one["metadata"]["generationId"] for one in api.feed_with(2)["notifications"]]
    assert told.count(job_id) == 1


def test_row_8_shuffled_progress_never_goes_back(api: Api) -> None:
    job_id = api.new_job()
    events = [
        progress(job_id, state, percent)
        for state, percents in {"initializing": (5, 10, 20), "generating": (30, 45, 60), "saving": (80, 90, 95)}.items()
        for percent in percents
    ]
    random.Random(20).shuffle(events)
    order = ["PENDING", "INITIALIZING", "GENERATING", "SAVING"]
    place, percent = 0, 0
    for event in events:
        answer = api.webhook(event).json()
        status = api.status(job_id)
        assert order.index(status["status"]) >= place
        assert status["progress"] >= percent
        changed = (order.index(status["status"]), status["progress"]) != (place, percent)
        assert answer["applied"] is changed
        place, percent = order.index(status["status"]), status["progress"]
    assert (place, percent) == (3, 95)


def test_row_9_the_first_of_two_contradictory_outcomes_stands(api: Api) -> None:
    job_id = api.new_job()
    assert api.webhook(failed(job_id)).json()["applied"] is True
    late = api.webhook(completed(job_id)).json()
    assert late == {"success": True, "applied": False, "message": "Job déjà traité", "job_id": job_id, "status": "FAILED"}
    assert api.status(job_id)["error"] == "Modération"


def test_row_11_an_unknown_job_is_404_and_nothing_is_created(api: Api, stack: Stack) -> None:
    job_id = str(uuid4())
    assert api.webhook(completed(job_id)).status_code == requests.codes.not_found
    assert Tables.of(stack).find_job(job_id) is None


@pytest.mark.parametrize(
    "secret", [None, "wrong", "x" * 8000, "\u00e9\u00e8"], ids=["missing", "wrong", "very long", "not ASCII"]
)
def test_row_12_without_the_secret_nothing_happens_whatever_the_body(secret: str | None, api: Api) -> None:
    job_id = api.new_job()
    sent = secret.encode() if secret else None
    for body in (completed(job_id), {"nonsense": True}):
        headers = {} if sent is None else {b"X-Webhook-Secret": sent}
        answer = requests.post(api.stack.webhook_url, json=body, headers=headers, timeout=20)  # type: ignore[arg-type]  # bytes
        assert answer.status_code == requests.codes.unauthorized
        assert answer.json()["error"] == "Unauthorized"
    assert api.status(job_id)["status"] == "PENDING"


def _without(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**body, "data": {**body["data"], **changes}}


def _with_image(job_id: str, **changes: Any) -> dict[str, Any]:
    body = completed(job_id)
    return _without(body, images=[{**body["data"]["images"][0], **changes}])


_REFUSED = {
    "no images": lambda job: _without(completed(job), images=[]),
    "five images": lambda job: completed(job, images=5),
    "bad dimensions": lambda job: _with_image(job, dimensions="1024"),
    "a path upwards": lambda job: _with_image(job, file_path=f"images/{job}/../x.png"),
    "another job's key": lambda job: _with_image(job, file_path=f"images/{uuid4()}/image_1.png"),
    "a foreign bucket": lambda job: _with_image(job, file_path="x.png", url="s3://someone-elses-bucket/x.png"),
    "progress 101": lambda job: progress(job, "generating", 101),
    "another data.job_id": lambda job: _without(completed(job), job_id=str(uuid4())),
}


@pytest.mark.parametrize("case", _REFUSED)
def test_row_16_a_result_that_must_not_be_stored_is_400_and_changes_nothing(case: str, api: Api, stack: Stack) -> None:
    job_id = api.new_job()
    before = Tables.of(stack).job(job_id)
    answer = api.webhook(_REFUSED[case](job_id))
    assert answer.status_code == requests.codes.bad_request, answer.text
    assert answer.json()["errors"]
    assert Tables.of(stack).job(job_id) == before
