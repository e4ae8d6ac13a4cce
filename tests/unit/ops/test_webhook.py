"""`make webhook` speaks to the real webhook function, under every `WebhookAuth`."""

import io
import json
from collections.abc import Callable

import pytest
import requests
import responses
from PIL import Image

from ops import webhook as console
from ops.stack import Reception, Tables
from sorami.jobs import ErrorCode, Job, S3Ref, State
from sorami.store import JobStore
from tests.support.gateway import invoke, request
from tests.support.samples import order, pending_job
from tests.support.stack import Stack
from webhook.app import handler

URL = "https://api.example.net/api/webhooks/image-completion"

type Report = Callable[..., int]


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def job(store: JobStore) -> Job:
    return store.create(pending_job(order=order(size="512x512", format="WEBP"))).job


@pytest.fixture
def report(stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Runs the command against the function that a stack with this `WebhookAuth` would have."""

    def answer(sent: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        assert isinstance(sent.body, bytes)
        headers = {name.lower(): str(value) for name, value in sent.headers.items()}
        said = invoke(handler, request("POST /api/webhooks/image-completion", body=sent.body.decode(), headers=headers))
        return said.status, said.headers, said.text

    def run(*words: str, auth: str = "both", secret: str = "the-current-secret") -> int:  # noqa: S107
        deploy("WebhookFunction", WebhookAuth=auth)
        tables = Tables(stack.dynamodb, stack.jobs_table, stack.notifications_table)
        reception = Reception(URL, secret, tables, stack.s3, stack.images_bucket, is_remote=True)
        monkeypatch.setattr(console, "reception_of", lambda _: reception)
        http.add_callback("POST", URL, answer)
        return console.main(words)

    return run


@pytest.mark.parametrize("auth", ["secret", "signature", "both"])
def test_a_report_has_the_proof_that_the_stack_asks_for(
    auth: str, report: Report, job: Job, store: JobStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(job.job_id, "GENERATING", "--progress", "60", auth=auth) == 0
    seen = store.get(job.job_id)
    assert (seen.state, seen.progress) == (State.GENERATING, 60)
    assert "200: applied" in capsys.readouterr().out


def test_progress_that_is_not_said_is_the_states_own(report: Report, job: Job, store: JobStore) -> None:
    assert report(job.job_id, "saving") == 0
    assert store.get(job.job_id).progress == 90


def test_a_result_comes_with_images_that_are_there(report: Report, job: Job, store: JobStore, stack: Stack) -> None:
    assert report(job.job_id, "completed", "--images", "3") == 0
    seen = store.get(job.job_id)
    assert (seen.state, len(seen.images)) == (State.COMPLETED, 3)
    for image in seen.images:
        assert isinstance(image.location, S3Ref)
        content = stack.s3.get_object(Bucket=image.location.bucket, Key=image.location.key)["Body"].read()
        assert len(content) == image.size_bytes
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.size) == (image.format, (image.width, image.height)) == ("WEBP", (512, 512))


def test_a_failure_has_its_reason(report: Report, job: Job, store: JobStore) -> None:
    assert report(job.job_id, "failed", "--error", "L'image est refusée", "--code", "content_moderated") == 0
    seen = store.get(job.job_id)
    assert (seen.error, seen.error_code) == ("L'image est refusée", ErrorCode.CONTENT_MODERATED)


def test_what_changes_nothing_is_said_to_and_is_no_error(report: Report, job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(job.job_id, "failed") == 0
    assert report(job.job_id, "generating") == 0
    said = capsys.readouterr().out
    assert "nothing changed: the job stands at FAILED" in said
    assert json.loads(said[said.rindex("{") :])["applied"] is False


def test_what_is_refused_is_exit_1_with_the_services_words(
    report: Report, job: Job, store: JobStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(job.job_id, "saving", secret="yesterday's") == 1
    said = capsys.readouterr().out
    assert "401: not taken" in said
    assert "yesterday's" not in said
    assert store.get(job.job_id).version == 1


def test_a_result_of_no_job_stores_nothing(report: Report, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert report("01a20519-ab9e-7339-80c0-462877331fa4", "completed") == 1
    assert "There is no job" in capsys.readouterr().err
    assert "Contents" not in stack.s3.list_objects_v2(Bucket=stack.images_bucket, Prefix="images/01a20519")


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
    with pytest.raises(SystemExit):
        report("a-job", *words)
    assert len(http.calls) == 0
