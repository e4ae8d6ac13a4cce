import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
import requests
import responses
from PIL import Image

from examples.backend.jobs import Job
from examples.backend.logs import JsonLines
from examples.backend.orders import Order, read_order
from examples.backend.pool import Closing
from examples.backend.story import Tools, run_job

from .conftest import BUCKET, WEBHOOK, Body, events, puts

type Play = Callable[[Body], Job]


@pytest.fixture
def service(wire: responses.RequestsMock, body: Body) -> responses.RequestsMock:
    """A service and a bucket that take everything."""
    wire.post(WEBHOOK, json={"success": True, "applied": True})
    for upload in body["uploads"]:
        wire.put(upload["url"].partition("?")[0])
    return wire


def test_a_job_moves_forward_through_its_states(service: responses.RequestsMock, play: Play, body: Body) -> None:
    play(body)
    told = events(service)
    states = [event["status"] for event in told]
    assert list(dict.fromkeys(states)) == ["initializing", "generating", "saving", "completed"]
    assert states == sorted(states, key=["initializing", "generating", "saving", "completed"].index)
    progress = [event["progress"] for event in told[:-1]]
    assert progress == sorted(set(progress))
    assert {event["job_id"] for event in told} == {"job-1"}


@pytest.mark.parametrize(("image_format", "size"), [("PNG", "512x512"), ("JPEG", "1792x1024"), ("WEBP", "1024x1024")])
def test_real_images_of_the_asked_size_and_format_are_uploaded(
    service: responses.RequestsMock, play: Play, body: Body, image_format: str, size: str
) -> None:
    play(body | {"format": image_format, "size": size})
    files = puts(service)
    assert [file.url for file in files] == [upload["url"] for upload in body["uploads"]]
    for file in files:
        assert isinstance(file.body, bytes)
        with Image.open(io.BytesIO(file.body)) as image:
            image.load()
            assert (image.format, f"{image.width}x{image.height}") == (image_format, size)


def test_the_result_says_what_was_stored(service: responses.RequestsMock, play: Play, body: Body) -> None:
    play(body)
    data = events(service)[-1]["data"]
    assert (data["job_id"], data["status"]) == ("job-1", "COMPLETED")
    sizes = [len(file.body or b"") for file in puts(service)]
    assert [image["size_bytes"] for image in data["images"]] == sizes
    assert [image["file_path"] for image in data["images"]] == [upload["key"] for upload in body["uploads"]]
    assert [image["url"] for image in data["images"]] == [upload["url"].partition("?")[0] for upload in body["uploads"]]
    assert {(image["format"], image["dimensions"]) for image in data["images"]} == {("WEBP", "512x512")}
    assert data["metadata"]["output_size_bytes"] == sum(sizes)
    assert data["metadata"]["input_tokens"] == 3
    assert set(data["metadata"]) == {
        "model_name", "version", "generation_time_seconds", "input_tokens", "output_size_bytes", "timestamp",
    }  # fmt: skip


def test_files_are_stored_before_the_outcome_is_told(service: responses.RequestsMock, play: Play, body: Body) -> None:
    play(body)
    last = service.calls[len(service.calls) - 1].request
    assert json.loads(last.body or b"{}")["status"] == "completed"


def test_without_uploads_files_stay_here(service: responses.RequestsMock, play: Play, body: Body, tools: Tools) -> None:
    play(body | {"uploads": [], "num_images": 1})
    image = events(service)[-1]["data"]["images"][0]
    assert (image["file_path"], image["url"]) == (
        "./generated_images/image_1.webp",
        "http://backend.test/files/job-1/image_1.webp",
    )
    assert tools.files.root is not None
    assert (tools.files.root / "job-1" / "image_1.webp").stat().st_size == image["size_bytes"]


@pytest.mark.parametrize(("prompt", "code"), [("!fail", "internal"), ("!fail moderated please", "content_moderated")])
def test_fail_fails(service: responses.RequestsMock, play: Play, body: Body, prompt: str, code: str) -> None:
    job = play(body | {"prompt": prompt})
    told = events(service)
    assert (told[-1]["status"], told[-1]["error_code"]) == ("failed", code)
    assert (job.status, job.error_code, job.message) == ("FAILED", code, told[-1]["error_message"])
    assert puts(service) == []


def test_silent_works_but_never_reports(service: responses.RequestsMock, play: Play, body: Body) -> None:
    job = play(body | {"prompt": "!silent"})
    assert events(service) == []
    assert len(puts(service)) == 2
    assert (job.status, job.progress) == ("COMPLETED", 100)


def test_slow_takes_thirty_seconds(
    service: responses.RequestsMock, play: Play, body: Body, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a clock that stands still: a busy machine draws slowly, and pauses less to end on time.
    monkeypatch.setattr("examples.backend.story.time", SimpleNamespace(monotonic=lambda: 0.0))
    play(body | {"prompt": "!slow"})
    assert max(pauses) == 30


def test_a_refused_upload_fails_the_job(wire: responses.RequestsMock, play: Play, body: Body) -> None:
    wire.post(WEBHOOK, json={"applied": True})
    wire.put(f"{BUCKET}/images/job-1/image_1.webp", status=403)
    play(body)
    assert (events(wire)[-1]["status"], events(wire)[-1]["error_code"]) == ("failed", "internal")


def test_a_cancelled_job_stops_at_once(wire: responses.RequestsMock, play: Play, body: Body) -> None:
    wire.post(WEBHOOK, json={"applied": False, "status": "CANCELLED"})
    job = play(body)
    assert [event["status"] for event in events(wire)] == ["initializing"]
    assert (puts(wire), job.status) == ([], "CANCELLED")


def test_a_job_is_finished_although_nobody_hears(wire: responses.RequestsMock, play: Play, body: Body) -> None:
    wire.post(WEBHOOK, body=requests.ConnectionError())
    job = play(body | {"uploads": []})
    assert job.status == "COMPLETED"


class BrokenGenerator:
    model_name = "broken"
    version = "0"

    def generate(self, order: Order, index: int, source: object) -> None:
        raise ZeroDivisionError("secret detail")


def test_a_bug_ends_as_a_failure_that_tells_nothing(
    wire: responses.RequestsMock, tools: Tools, body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    wire.post(WEBHOOK, json={"applied": True})
    broken = replace(tools, generator=BrokenGenerator())  # type: ignore[arg-type]
    run_job(tools.book.add_once(read_order(body, None, ""), "", lambda _job_id: None), broken)
    assert events(wire)[-1]["error_code"] == "internal"
    assert "secret detail" not in json.dumps(events(wire))
    lines = [JsonLines().format(record) for record in caplog.records if record.exc_info]
    assert [json.loads(line)["exception"] for line in lines] == ["ZeroDivisionError"]
    assert "secret detail" not in lines[0]


def test_a_closing_process_reports_nothing_it_has_not_done(service: responses.RequestsMock, tools: Tools, body: Body) -> None:
    def interrupt(_seconds: float) -> None:
        raise Closing

    job = tools.book.add_once(read_order(body, None, ""), "", lambda _job_id: None)
    with pytest.raises(Closing):
        run_job(job, replace(tools, pause=interrupt))
    assert [event["status"] for event in events(service)] == ["initializing"]


@pytest.mark.parametrize(("locale", "word"), [("fr", "générée"), ("en", "generated")])
def test_people_read_their_language(service: responses.RequestsMock, tools: Tools, body: Body, locale: str, word: str) -> None:
    translated = replace(tools, settings=replace(tools.settings, locale=locale))
    run_job(tools.book.add_once(read_order(body, None, ""), "", lambda _job_id: None), translated)
    assert word in tools.book.find("job-1").message


def test_logs_hold_the_job_and_no_secret(
    wire: responses.RequestsMock, play: Play, body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    wire.post(WEBHOOK, status=503)
    for upload in body["uploads"]:
        wire.put(upload["url"].partition("?")[0], body=requests.ConnectionError(f"no route to {upload['url']}"))
    with caplog.at_level(logging.DEBUG, logger="examples.backend"):
        play(body)
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("examples.backend")]
    assert len(lines) > 8
    assert {json.loads(line)["job_id"] for line in lines} == {"job-1"}
    assert not any(secret in line for line in lines for secret in ("s3cret", "X-Amz-Signature"))
