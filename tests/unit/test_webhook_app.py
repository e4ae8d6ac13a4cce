"""`POST /api/webhooks/image-completion`, from the gateway's event to the answer and the item."""

from collections.abc import Callable
from typing import Any

import pytest

from sorami.errors import StoreUnavailable
from sorami.events import MAX_BODY_BYTES
from sorami.jobs import ErrorCode, Failed, Job, new_job_id
from sorami.store import JobStore
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import completed_body, failed_body, minutes, pending_job, progress_body
from tests.support.stack import BACKEND_URL, Stack
from webhook.app import handler, recording

ROUTE = "POST /api/webhooks/image-completion"
GOOD = {"x-webhook-secret": "the-current-secret"}


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("WebhookFunction")


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job()).job


def report(body: Any, headers: dict[str, str] | None = None) -> Answer:
    return invoke(handler, request(ROUTE, body=body, headers=GOOD if headers is None else headers))


# Events


def test_a_result_is_stored_and_acknowledged(job: Job, store: JobStore) -> None:
    answer = report(completed_body(job.job_id, count=2))
    assert answer.status == 200
    milliseconds = answer.json["processing_time_ms"]
    assert isinstance(milliseconds, int)
    assert answer.json == {
        "success": True,
        "applied": True,
        "message": "2 image(s) générée(s) avec succès",
        "job_id": job.job_id,
        "images_count": 2,
        "processing_time_ms": milliseconds,
    }
    stored = store.get(job.job_id)
    assert (stored.state, stored.progress, stored.version, len(stored.images)) == ("COMPLETED", 100, 2, 2)


@pytest.mark.parametrize("make", [progress_body, failed_body])
def test_other_events_are_acknowledged_alike(make: Callable[..., Any], job: Job) -> None:
    answer = report(make(job.job_id))
    assert set(answer.json) == {"success", "applied", "message", "job_id", "images_count", "processing_time_ms"}
    assert (answer.json["applied"], answer.json["message"], answer.json["images_count"]) == (True, "Événement enregistré", 0)


def test_a_failure_keeps_the_backends_words(job: Job, store: JobStore) -> None:
    report(failed_body(job.job_id))
    stored = store.get(job.job_id)
    assert (stored.state, stored.error, stored.error_code) == ("FAILED", "Contenu refusé", "content_moderated")


def test_row_14_a_replayed_report_changes_nothing_and_is_told_what_stands(job: Job, store: JobStore) -> None:
    """Rows 7 and 14."""
    report(completed_body(job.job_id))
    standing = store.get(job.job_id)
    answer = report(completed_body(job.job_id))
    assert (answer.status, answer.json) == (
        200,
        {"success": True, "applied": False, "message": "Job déjà traité", "job_id": job.job_id, "status": "COMPLETED"},
    )
    assert store.get(job.job_id) == standing


def test_a_contradiction_is_told_what_stands_logged_and_counted(
    job: Job, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Row 9."""
    report(failed_body(job.job_id))
    assert report(completed_body(job.job_id)).json["status"] == "FAILED"
    assert "contradictory outcome, the first stands" in caplog.messages
    assert "WebhooksContradicting" in capsys.readouterr().out


def test_a_duplicate_is_no_contradiction(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    report(completed_body(job.job_id))
    report(completed_body(job.job_id))
    report(progress_body(job.job_id))
    assert "WebhooksContradicting" not in capsys.readouterr().out


def test_a_result_beats_our_own_timeout(job: Job, store: JobStore) -> None:
    """Row 26."""
    store.apply(job.job_id, Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True), minutes(15))
    assert report(completed_body(job.job_id)).json["applied"] is True


@pytest.mark.parametrize("job_id", ["019b7f5c-3aa6-7c3e-8f2b-0123456789ab", "someone", "../x", "019b7f5c", "é" * 200])
def test_an_unknown_job_is_404_counted_logged_and_never_created(
    job_id: str, stack: Stack, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Row 11."""
    before = len(stack.items(stack.jobs_table))
    answer = report(failed_body(job_id))
    assert answer.codes == (404, "job_not_found")
    assert len(stack.items(stack.jobs_table)) == before
    assert "WebhooksUnknownJob" in capsys.readouterr().out
    [warning] = [record for record in caplog.records if record.message == "unknown job"]
    assert vars(warning)["event"]["error_message"] == "Contenu refusé"


def test_no_signature_of_a_url_is_logged_with_a_report_on_an_unknown_job(caplog: pytest.LogCaptureFixture) -> None:
    """It would open the file to whoever reads logs."""
    job_id = new_job_id()
    url = f"{BACKEND_URL}/files/1.png"
    assert report(changed(job_id, file_path="./1.png", url=f"{url}?X-Amz-Signature=5ec2e7")).codes == (404, "job_not_found")
    [warning] = [record for record in caplog.records if record.message == "unknown job"]
    assert vars(warning)["event"]["data"]["images"][1]["url"] == url
    assert "5ec2e7" not in repr(vars(warning))


def changed(job_id: str, **image: Any) -> dict[str, Any]:
    body = completed_body(job_id)
    body["data"]["images"][1].update(image)
    return body


REFUSED: dict[str, Callable[[str], Any]] = {
    "no images": lambda job_id: completed_body(job_id, count=0),
    "5 images": lambda job_id: completed_body(job_id, count=5),
    "dimensions": lambda job_id: changed(job_id, dimensions="big"),
    "..": lambda job_id: changed(job_id, file_path=f"images/{job_id}/../x.png"),
    "other job": lambda job_id: changed(job_id, file_path=f"images/{new_job_id()}/image_1.png"),
    "encoded": lambda job_id: changed(job_id, file_path=f"images/{job_id}/%2e%2e/x.png"),
    "foreign bucket": lambda job_id: changed(job_id, file_path="", url=f"s3://stranger/images/{job_id}/x.png"),
    "progress 101": lambda job_id: progress_body(job_id, progress=101),
    "progress NaN": lambda job_id: progress_body(job_id, progress=float("nan")),
    "other job_id": lambda job_id: {**completed_body(job_id), "data": completed_body(new_job_id())["data"]},
    "not JSON": lambda _: "hello",
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_must_not_be_stored_is_400_and_changes_nothing(make: Callable[[str], Any], job: Job, store: JobStore) -> None:
    """Row 16, and the 400s of docs/api.md."""
    answer = report(make(job.job_id))
    assert answer.codes == (400, "invalid_request")
    assert answer.json["errors"]
    assert store.get(job.job_id) == job


def test_a_body_over_256_kib_is_413(job: Job, store: JobStore) -> None:
    assert report({**completed_body(job.job_id), "padding": "x" * MAX_BODY_BYTES}).codes == (413, "payload_too_large")
    assert store.get(job.job_id) == job


@pytest.mark.parametrize("seconds", [1e-300, 5e-324, 0, 1e15])
def test_row_15_no_measure_of_a_backend_is_a_5xx(seconds: float, job: Job) -> None:
    """Row 15."""
    body = completed_body(job.job_id)
    body["data"]["metadata"]["generation_time_seconds"] = seconds
    assert report(body).json["applied"] is True


def test_row_19_a_table_that_is_away_is_503_so_that_the_sender_tries_again(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 19."""

    def away(*_arguments: object) -> None:
        raise StoreUnavailable("ThrottlingException on jobs-table")

    monkeypatch.setattr(JobStore, "apply", away)
    answer = report(completed_body(job.job_id))
    assert answer.codes == (503, "store_unavailable")
    assert answer.headers["retry-after"] == "2"
    assert "jobs-table" not in answer.text


def test_english_is_a_parameter(job: Job, deploy: Callable[..., None]) -> None:
    deploy("WebhookFunction", Locale="en")
    assert report(completed_body(job.job_id)).json["message"] == "2 image(s) generated successfully"
    assert report(completed_body(job.job_id)).json["message"] == "Job already handled"


def test_further_buckets_come_from_the_parameter(job: Job, store: JobStore, deploy: Callable[..., None]) -> None:
    deploy("WebhookFunction", ExtraImageArns="arn:aws:s3:::partner/*,arn:aws:s3:::second/results/*")
    assert set(recording().policy.other_places) == {"partner/", "second/results/"}
    body = changed(job.job_id, file_path="", url="s3://partner/a.png")
    assert report(body).json["applied"] is True
    assert [getattr(image.location, "bucket", "") for image in store.get(job.job_id).images] == ["sorami-images-0123", "partner"]
