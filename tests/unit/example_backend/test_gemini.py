"""The Gemini generator and Google's own SDK, against a stand-in for the API on the loopback interface."""

import base64
import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import responses
from PIL import Image

from examples.backend.demo import DemoGenerator
from examples.backend.gemini import GeminiGenerator
from examples.backend.generator import GenerationFailed, Picture, TryAgain
from examples.backend.jobs import Job
from examples.backend.logs import JsonLines
from examples.backend.orders import read_order
from examples.backend.service import choose_generator
from examples.backend.settings import BadConfiguration, GeminiSettings, Settings, read_settings
from examples.backend.story import Tools, run_job
from tests.support.gemini import Gemini, Said, blocked, drawn, error_info, gemini, picture, refused, retry_info, stopped

from .conftest import WEBHOOK, Body, events, puts

type Draw = Callable[..., Picture]

ENVIRON = {"WEBHOOK_SECRET": "s", "GENERATOR": "gemini", "GEMINI_API_KEY": "the-key"}
PNG = picture()


@contextmanager
def generator(*answers: Said, **settings: Any) -> Iterator[tuple[Gemini, GeminiGenerator]]:
    with gemini(*answers) as api:
        yield api, GeminiGenerator(GeminiSettings(api_key="the-key", base_url=api.url, **settings))


def failure_of(answer: Said, body: Body, **settings: Any) -> GenerationFailed | TryAgain:
    order = read_order(body, None, "")
    with generator(answer, **settings) as (_, model), pytest.raises((GenerationFailed, TryAgain)) as caught:
        model.generate(order, 0, None)
    assert isinstance(caught.value, GenerationFailed | TryAgain)
    return caught.value


def draw(body: Body, answer: Said, source: Image.Image | None = None, **settings: Any) -> tuple[Gemini, Picture]:
    with generator(answer, **settings) as (api, model):
        return api, model.generate(read_order(body, None, ""), 0, source)


@pytest.fixture
def job_with(wire: responses.RequestsMock, tools: Tools, body: Body) -> Callable[..., tuple[Gemini, Job]]:
    """Runs a whole job on a model that answers like this."""
    wire.post(WEBHOOK, json={"success": True, "applied": True})
    for upload in body["uploads"]:
        wire.put(upload["url"].partition("?")[0])

    def run(*answers: Said, **changes: Any) -> tuple[Gemini, Job]:
        with generator(*answers) as (api, model):
            real = replace(tools.settings, gemini=GeminiSettings(api_key="the-key"))
            job = tools.book.add_once(read_order(body | changes, None, ""), "", lambda _job_id: None)
            run_job(job, replace(tools, generator=model, settings=real))
            return api, tools.book.find("job-1")

    return run


# What is asked


def test_the_model_is_asked_for_an_image_with_the_key(body: Body) -> None:
    api, _ = draw(body, drawn(PNG), model="some-image-model")
    [asked] = api.asked
    assert asked.path.endswith("/models/some-image-model:generateContent")
    assert asked.key == "the-key"
    assert asked.body["generationConfig"]["responseModalities"] == ["IMAGE"]
    [part] = asked.body["contents"][0]["parts"]
    assert part["text"].startswith("un chat astronaute\n")


@pytest.mark.parametrize("style", ["photorealistic", "artistic", "illustration", "3d-render"])
def test_each_style_is_said_in_words_of_its_own(body: Body, style: str) -> None:
    words = {"photorealistic": "photograph", "artistic": "painting", "illustration": "illustration", "3d-render": "3D render"}
    api, _ = draw(body | {"style": style}, drawn(PNG))
    assert words[style] in api.asked[0].body["contents"][0]["parts"][0]["text"]


@pytest.mark.parametrize(
    ("size", "quality", "largest", "asked"),
    [
        ("512x512", "standard", "4K", ("1:1", None)),
        ("1024x1024", "standard", "4K", ("1:1", None)),
        ("1024x1024", "high", "4K", ("1:1", "2K")),
        ("1024x1024", "ultra", "4K", ("1:1", "4K")),
        ("1024x1024", "ultra", "2K", ("1:1", "2K")),
        ("1792x1024", "standard", "2K", ("16:9", "2K")),
        ("1792x1024", "ultra", "1K", ("16:9", None)),
    ],
)
def test_size_and_quality_are_the_models_ratio_and_pixels_up_to_what_may_be_spent(
    body: Body, size: str, quality: str, largest: str, asked: tuple[str, str | None]
) -> None:
    api, _ = draw(body | {"size": size, "quality": quality}, drawn(PNG), largest=largest)
    assert api.asked[0].body["generationConfig"]["imageConfig"] == {
        "aspectRatio": asked[0],
        **({"imageSize": asked[1]} if asked[1] else {}),
    }


def test_the_input_image_goes_along_bounded(body: Body) -> None:
    api, _ = draw(body, drawn(PNG), source=Image.new("RGB", (6000, 3000), "red"))
    text, sent = api.asked[0].body["contents"][0]["parts"]
    assert "un chat astronaute" in text["text"]
    data = sent["inlineData"]
    assert "image/jpeg" in {data.get("mimeType"), data.get("mime_type")}  # protobuf's JSON takes both spellings
    with Image.open(io.BytesIO(base64.urlsafe_b64decode(data["data"]))) as image:
        assert (image.format, image.size) == ("JPEG", (2048, 1024))


# What comes of it


@pytest.mark.parametrize(("size", "image_format"), [("512x512", "WEBP"), ("1024x1024", "PNG"), ("1792x1024", "JPEG")])
def test_the_image_has_the_asked_size_and_format_whatever_the_model_made(body: Body, size: str, image_format: str) -> None:
    made = picture((1376, 768), "JPEG")
    _, got = draw(body | {"size": size, "format": image_format}, drawn(made, text="Voici votre image"))
    with Image.open(io.BytesIO(got.content)) as image:
        image.load()
        assert (image.format, f"{image.width}x{image.height}") == (image_format, size)
    assert (f"{got.width}x{got.height}", got.input_tokens) == (size, 11)


def test_an_image_of_the_models_thoughts_is_not_the_image(body: Body) -> None:
    thought, final = drawn(picture(colour="red"), thought=True), drawn(picture(colour="blue"))
    assert isinstance(thought.body, dict)
    assert isinstance(final.body, dict)
    thought.body["candidates"][0]["content"]["parts"] += final.body["candidates"][0]["content"]["parts"]
    _, got = draw(body | {"format": "PNG"}, thought)
    with Image.open(io.BytesIO(got.content)) as image:
        assert image.getpixel((0, 0)) == (0, 0, 255)


def test_several_images_are_asked_for_one_by_one_and_all_delivered(
    job_with: Callable[..., tuple[Gemini, Job]], wire: responses.RequestsMock
) -> None:
    api, job = job_with(drawn(picture(colour="red")), drawn(picture(colour="blue")))
    assert (len(api.asked), len(puts(wire)), job.status) == (2, 2, "COMPLETED")
    data = events(wire)[-1]["data"]
    assert len({image["file_path"] for image in data["images"]}) == 2
    assert (data["metadata"]["model_name"], data["metadata"]["input_tokens"]) == ("gemini-3.1-flash-image", 22)


def test_a_real_model_rehearses_nothing(job_with: Callable[..., tuple[Gemini, Job]]) -> None:
    api, job = job_with(drawn(PNG), prompt="!fail moderated")
    assert (job.status, len(api.asked)) == ("COMPLETED", 2)
    assert "!fail moderated" in api.asked[0].body["contents"][0]["parts"][0]["text"]


# What does not


@pytest.mark.parametrize(
    "answer",
    [
        *[blocked(reason) for reason in ("SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY")],
        *[stopped(reason) for reason in ("SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT", "IMAGE_PROHIBITED_CONTENT")],
        *[stopped(reason) for reason in ("BLOCKLIST", "SPII", "RECITATION", "IMAGE_RECITATION")],
    ],
    ids=str,
)
def test_a_refusal_for_safety_is_content_moderated(body: Body, answer: Said) -> None:
    failure = failure_of(answer, body)
    assert (type(failure), failure.code) == (GenerationFailed, "content_moderated")


@pytest.mark.parametrize(
    "answer",
    [refused(400, "INVALID_ARGUMENT"), refused(413, "INVALID_ARGUMENT"), stopped("LANGUAGE")],
    ids=str,
)
def test_a_request_that_the_model_refuses_is_invalid_input(body: Body, answer: Said) -> None:
    failure = failure_of(answer, body)
    assert isinstance(failure, GenerationFailed)
    assert (failure.code, failure.text) == ("invalid_input", "request_refused")


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, "INVALID_ARGUMENT", error_info("API_KEY_INVALID")),
        refused(400, "FAILED_PRECONDITION"),
        refused(401, "UNAUTHENTICATED"),
        refused(403, "PERMISSION_DENIED"),
        refused(404, "NOT_FOUND"),
    ],
    ids=str,
)
def test_a_wrong_key_or_model_is_our_fault_and_not_the_users(body: Body, answer: Said, caplog: pytest.LogCaptureFixture) -> None:
    failure = failure_of(answer, body)
    assert (type(failure), failure.code) == (GenerationFailed, "internal")
    assert "GEMINI_API_KEY" in caplog.text


@pytest.mark.parametrize(
    ("answer", "code", "after"),
    [
        (refused(429, "RESOURCE_EXHAUSTED", retry_info("34.5s")), "backend_unavailable", 34.5),
        (refused(429, "RESOURCE_EXHAUSTED", retry_info("soon")), "backend_unavailable", 0),
        (Said(429, b"slow down"), "backend_unavailable", 0),
        (Said(429, b"[1, 2]"), "backend_unavailable", 0),
        (refused(500, "INTERNAL"), "backend_unavailable", 0),
        (refused(502, "BAD_GATEWAY"), "backend_unavailable", 0),
        (refused(503, "UNAVAILABLE"), "backend_unavailable", 0),
        (refused(504, "DEADLINE_EXCEEDED"), "timeout", 0),
        (refused(408, "CANCELLED"), "timeout", 0),
        (Said(200, b"<html>"), "internal", 0),
        (Said(200, b""), "internal", 0),
        (Said(200, {"candidates": "none"}), "internal", 0),
        (Said(200, {}), "internal", 0),
        (drawn(b"no picture"), "internal", 0),
        (drawn(text="Désolé"), "internal", 0),
        (stopped("NO_IMAGE"), "internal", 0),
        (stopped("A_REASON_OF_NEXT_YEAR"), "internal", 0),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:.*is not a valid:UserWarning")
def test_what_may_pass_is_worth_another_try(body: Body, answer: Said, code: str, after: float) -> None:
    failure = failure_of(answer, body)
    assert isinstance(failure, TryAgain)
    assert (failure.code, failure.after) == (code, after)


def test_a_picture_of_too_many_pixels_is_not_unpacked(body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examples.backend.gemini._MOST_PIXELS", 1024 * 1024 - 1)
    failure = failure_of(drawn(PNG), body)
    assert (type(failure), str(failure)) == (TryAgain, "1024x1024 pixels")


def test_a_model_that_does_not_answer_in_time_is_worth_another_try(body: Body) -> None:
    failure = failure_of(replace(drawn(PNG), after=60), body, timeout=0.1)
    assert (type(failure), failure.code) == (TryAgain, "timeout")


def test_an_api_that_is_not_there_is_worth_another_try(body: Body) -> None:
    with gemini(drawn(PNG)) as api:
        pass
    with pytest.raises(TryAgain) as caught:
        GeminiGenerator(GeminiSettings(api_key="k", base_url=api.url)).generate(read_order(body, None, ""), 0, None)
    assert caught.value.code == "backend_unavailable"


def test_a_spent_quota_is_waited_for_as_long_as_the_model_asks_and_costs_no_job(
    job_with: Callable[..., tuple[Gemini, Job]], pauses: list[float]
) -> None:
    api, job = job_with(refused(429, "RESOURCE_EXHAUSTED", retry_info("7s")), refused(503, "UNAVAILABLE"), drawn(PNG))
    assert (job.status, len(api.asked)) == ("COMPLETED", 4)
    assert [pause for pause in pauses if pause] == [7, pytest.approx(1.5, abs=0.5)]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refused(429, "RESOURCE_EXHAUSTED", retry_info("3600s")), ("backend_unavailable", "trop demandé")),
        (refused(500, "INTERNAL"), ("backend_unavailable", "trop demandé")),
        (refused(504, "DEADLINE_EXCEEDED"), ("timeout", "à temps")),
        (stopped("NO_IMAGE"), ("internal", "échoué")),
    ],
    ids=["quota", "500", "504", "no image"],
)
def test_tries_are_bounded_and_the_failure_is_plain(
    job_with: Callable[..., tuple[Gemini, Job]],
    wire: responses.RequestsMock,
    pauses: list[float],
    answer: Said,
    told: tuple[str, str],
) -> None:
    code, words = told
    api, job = job_with(answer)
    assert (len(api.asked), job.status, job.error_code) == (5, "FAILED", code)
    assert (events(wire)[-1]["status"], events(wire)[-1]["error_code"]) == ("failed", code)
    assert words in events(wire)[-1]["error_message"]
    assert max(pauses) <= 60


def test_neither_the_key_nor_the_models_words_are_logged(
    job_with: Callable[..., tuple[Gemini, Job]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        job_with(refused(400, "INVALID_ARGUMENT", message="the prompt 'un chat' is bad"))
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("examples.backend")]
    assert any(json.loads(line).get("reason") == "HTTP 400 INVALID_ARGUMENT" for line in lines)
    assert not any(word in line for line in lines for word in ("the-key", "un chat"))


# How it is chosen


def test_the_environment_chooses_the_model() -> None:
    chosen = {"GEMINI_MODEL": "m", "GEMINI_LARGEST": "4k", "GEMINI_TIMEOUT": "30", "GEMINI_BASE_URL": "http://127.0.0.1:1"}
    settings = read_settings(ENVIRON | chosen)
    assert settings.gemini == GeminiSettings("the-key", "m", "4K", 30, "http://127.0.0.1:1")
    assert choose_generator(settings).model_name == "m"
    assert isinstance(choose_generator(Settings(webhook_secret="s")), DemoGenerator)


def test_without_its_key_and_with_nonsense_it_does_not_start() -> None:
    with pytest.raises(BadConfiguration) as caught:
        read_settings({"WEBHOOK_SECRET": "s", "GENERATOR": "gemini", "GEMINI_LARGEST": "8K", "GEMINI_TIMEOUT": "0"})
    assert all(name in str(caught.value) for name in ("GEMINI_API_KEY", "GEMINI_LARGEST", "GEMINI_TIMEOUT"))
    assert "hush" not in repr(read_settings(ENVIRON | {"GEMINI_API_KEY": "hush"}))


def test_the_sdk_is_imported_only_where_it_is_chosen() -> None:
    program = (
        "import sys; from examples.backend.settings import read_settings; from examples.backend.service import Backend;"
        f"environ = {ENVIRON!r}; environ['GENERATOR'] = sys.argv[1]; Backend(read_settings(environ));"
        "print('google.genai' in sys.modules)"
    )
    said = [
        subprocess.run([sys.executable, "-c", program, name], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("demo", "gemini")
    ]
    assert said == ["False", "True"]
