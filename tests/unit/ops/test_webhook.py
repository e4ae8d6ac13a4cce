"""`sorami webhook send` speaks to the real webhook function, under every `WebhookAuth`."""

import io
import json
from collections.abc import Callable

import pytest
import requests
import responses
from PIL import Image
from typer.testing import Result

from ops.rotation import WebhookSecret
from sorami.jobs import Cancelled, ErrorCode, Job, S3Ref, State
from sorami.store import JobStore
from tests.support.deployed import API_URL
from tests.support.gateway import invoke, request
from tests.support.samples import completed, minutes, order, pending_job
from tests.support.stack import Stack
from tests.unit.ops.conftest import Ask
from webhook.app import handler

NOBODY = "01a20519-ab9e-7339-80c0-462877331fa4"

type Report = Callable[..., Result]


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job(order=order(size="512x512", format="WEBP"))).job


@pytest.fixture
def report(stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock, ask: Ask) -> Report:
    """Runs the command against the function that a stack with this `WebhookAuth` would have."""

    def answer(sent: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        assert isinstance(sent.body, bytes)
        headers = {name.lower(): str(value) for name, value in sent.headers.items()}
        said = invoke(handler, request("POST /api/webhooks/image-completion", body=sent.body.decode(), headers=headers))
        return said.status, said.headers, said.text

    def run(*words: str, auth: str = "both") -> Result:
        deploy("WebhookFunction", WebhookAuth=auth)
        http.add_callback("POST", f"{API_URL}/api/webhooks/image-completion", answer)
        return ask("webhook", "send", *words)

    return run


@pytest.mark.parametrize("auth", ["secret", "signature", "both"])
def test_a_report_has_the_proof_that_the_stack_asks_for(auth: str, report: Report, job: Job, store: JobStore) -> None:
    said = report(job.job_id, "GENERATING", "--progress", "60", auth=auth)
    assert said.exit_code == 0
    seen = store.get(job.job_id)
    assert (seen.state, seen.progress) == (State.GENERATING, 60)
    assert "200: applied" in said.stdout


def test_progress_that_is_not_said_is_the_states_own(report: Report, job: Job, store: JobStore) -> None:
    assert report(job.job_id, "saving").exit_code == 0
    assert store.get(job.job_id).progress == 90


def test_a_result_comes_with_images_that_are_there(report: Report, job: Job, store: JobStore, stack: Stack) -> None:
    assert report(job.job_id, "completed", "--images", "3").exit_code == 0
    seen = store.get(job.job_id)
    assert (seen.state, len(seen.images)) == (State.COMPLETED, 3)
    for image in seen.images:
        assert isinstance(image.location, S3Ref)
        content = stack.s3.get_object(Bucket=image.location.bucket, Key=image.location.key)["Body"].read()
        assert len(content) == image.size_bytes
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.size) == (image.format, (image.width, image.height)) == ("WEBP", (512, 512))


def test_the_images_that_a_job_has_are_not_overwritten(report: Report, job: Job, stack: Stack) -> None:
    of_the_backend = f"images/{job.job_id}/image_1.webp"
    stack.s3.put_object(Bucket=stack.images_bucket, Key=of_the_backend, Body=b"the backend's own")
    assert report(job.job_id, "completed").exit_code == 0
    assert stack.s3.get_object(Bucket=stack.images_bucket, Key=of_the_backend)["Body"].read() == b"the backend's own"


@pytest.mark.parametrize("end", ["completed", "cancelled"])
def test_a_result_that_comes_too_late_stores_nothing(report: Report, job: Job, store: JobStore, stack: Stack, end: str) -> None:
    event = completed(job.job_id) if end == "completed" else Cancelled(by=job.user_id, message="")
    store.apply(job.job_id, event, minutes(1))
    assert "nothing changed" in report(job.job_id, "completed").stdout
    assert "Contents" not in stack.s3.list_objects_v2(Bucket=stack.images_bucket, Prefix=f"images/{job.job_id}")


def test_a_failure_has_its_reason(report: Report, job: Job, store: JobStore) -> None:
    assert report(job.job_id, "failed", "--error", "L'image est refusée", "--code", "content_moderated").exit_code == 0
    seen = store.get(job.job_id)
    assert (seen.error, seen.error_code) == ("L'image est refusée", ErrorCode.CONTENT_MODERATED)


def test_what_changes_nothing_is_said_to_and_is_no_error(report: Report, job: Job) -> None:
    assert report(job.job_id, "failed").exit_code == 0
    again = report(job.job_id, "generating")
    assert again.exit_code == 0
    said = again.stdout
    assert "nothing changed: the job stands at FAILED" in said
    assert json.loads(said[said.rindex("{") :])["applied"] is False


def test_what_is_refused_is_told_in_the_services_words_and_without_the_secret(
    report: Report, job: Job, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WebhookSecret, "current", lambda _: "yesterday's")
    answer = report(job.job_id, "saving")
    assert answer.exit_code == 4
    assert "401: not taken" in answer.stdout
    assert "yesterday's" not in answer.output
    assert store.get(job.job_id).version == 1


def test_a_result_of_no_job_stores_nothing(report: Report, stack: Stack) -> None:
    answer = report(NOBODY, "completed")
    assert answer.exit_code == 3
    assert "There is no job" in answer.stderr
    assert "Contents" not in stack.s3.list_objects_v2(Bucket=stack.images_bucket, Prefix="images/01a20519")


def test_a_report_of_no_job_is_the_services_404(report: Report) -> None:
    assert report(NOBODY, "saving").exit_code == 3


def test_a_dry_run_shows_the_report_and_stores_and_sends_nothing(
    report: Report, job: Job, store: JobStore, stack: Stack, http: responses.RequestsMock
) -> None:
    said = json.loads(report(job.job_id, "completed", "--images", "2", "--dry-run", "--json").stdout)
    assert [image["file_path"] for image in said["event"]["data"]["images"]] == [
        f"images/{job.job_id}/by_hand_image_{number}.webp" for number in (1, 2)
    ]
    assert "Dry run, nothing was written." in report(job.job_id, "completed", "--dry-run").stdout
    assert "Contents" not in stack.s3.list_objects_v2(Bucket=stack.images_bucket, Prefix=f"images/{job.job_id}")
    assert store.get(job.job_id) == job
    assert len(http.calls) == 0


def test_programs_read_the_answer_and_what_was_sent(report: Report, job: Job) -> None:
    printed = report(job.job_id, "saving", "--json").stdout
    said = json.loads(printed[printed.index("{\n") :])  # after what the function logs, which is here in one process
    assert (said["http_status"], said["answer"]["applied"], said["event"]["status"]) == (200, True, "saving")


@pytest.mark.parametrize(
    "words",
    [
        ["done"],
        ["saving", "--progress", "101"],
        ["completed", "--progress", "5"],
        ["completed", "--images", "5"],
        ["saving", "--error", "x"],
        ["failed", "--code", "x"],
    ],
)
def test_what_would_be_no_report_is_not_sent(words: list[str], report: Report, http: responses.RequestsMock) -> None:
    assert report("a-job", *words).exit_code == 2
    assert len(http.calls) == 0
