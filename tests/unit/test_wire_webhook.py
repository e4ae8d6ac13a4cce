"""What backends in the field report, as docs/api.md lists it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sorami.artifacts import ReferencePolicy
from sorami.errors import InvalidRequest
from sorami.events import parse_body
from sorami.jobs import Completed, ErrorCode, Failed, JobEvent, Metadata, Progressed, S3Ref, State
from sorami.wire.webhook import MAX_TEXT, WebhookEvent
from tests.support.gateway import request
from tests.support.samples import BUCKET, NOON, completed_body, failed_body, progress_body

JOB = "019b7f5c-3aa6-7c3e-8f2b-0123456789ab"
OTHER = "019b7f5c-3aa6-7c3e-8f2b-ffffffffffff"
POLICY = ReferencePolicy(images_bucket=BUCKET, other_places={"partner/"}, backend_url="http://backend.example.net:8000")


def event_of(body: Any, locale: str = "fr") -> JobEvent:
    reported = parse_body(WebhookEvent, request("POST /api/webhooks/image-completion", body=body), locale)
    return reported.to_job_event(POLICY, at=NOON, locale=locale)


def result_of(body: Any) -> Completed:
    event = event_of(body)
    assert isinstance(event, Completed)
    return event


def pointers(body: Any) -> list[str]:
    with pytest.raises(InvalidRequest) as refused:
        event_of(body)
    return [fault.pointer for fault in refused.value.faults]


def with_image(**changes: Any) -> dict[str, Any]:
    """A completed webhook whose only image differs in these fields; `...` takes a field away."""
    body = completed_body(JOB, count=1)
    image = body["data"]["images"][0]
    image.update(changes)
    body["data"]["images"] = [{name: value for name, value in image.items() if value is not ...}]
    return body


def with_result(**changes: Any) -> dict[str, Any]:
    body = completed_body(JOB, count=1)
    body["data"].update(changes)
    body["data"] = {name: value for name, value in body["data"].items() if value is not ...}
    return body


def test_the_contracts_own_example_is_a_result() -> None:
    result = result_of(completed_body(JOB, count=2))
    assert result.message == "2 image(s) générée(s) avec succès"
    assert result.generated_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert [image.location for image in result.images] == [
        S3Ref(bucket=BUCKET, key=f"images/{JOB}/image_1.png"),
        S3Ref(bucket=BUCKET, key=f"images/{JOB}/image_2.png"),
    ]
    first = result.images[0]
    assert (first.format, first.width, first.height, first.size_bytes, first.description) == ("PNG", 1024, 768, 524_288, "…")
    assert result.metadata == Metadata(
        model_name="sorami-1",
        version="1.0",
        generation_time_seconds=12.5,
        input_tokens=50,
        output_size_bytes=524_288,
        timestamp=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "dimensions", ["1024x768", "1024X768", "1024 x 768", " 1024×768 ", {"width": 1024, "height": 768, "unit": "px"}]
)
def test_dimensions_come_as_text_or_as_a_map(dimensions: Any) -> None:
    [image] = result_of(with_image(dimensions=dimensions)).images
    assert (image.width, image.height) == (1024, 768)


@pytest.mark.parametrize(
    "dimensions",
    [
        *("", "1024", "1024x", "x768", "0x768", "1024x0", "-1x2", "1e3x5", "70000x5", "axb", "1024x768x3", "١٢x٣"),
        *(5, None, ..., [1024, 768], {}, {"width": 1024}, {"width": 0, "height": 1}, {"width": "a", "height": 1}),
        *({"width": True, "height": 1}, {"width": 10**30, "height": 1}),
    ],
    ids=str,
)
def test_bad_dimensions_are_a_fault(dimensions: Any) -> None:
    assert all(pointer.startswith("#/data/images/0/dimensions") for pointer in pointers(with_image(dimensions=dimensions)))


@pytest.mark.parametrize("missing", ["size_bytes", "description"])
@pytest.mark.parametrize("value", [..., None])
def test_what_an_image_may_lack(missing: str, value: Any) -> None:
    [image] = result_of(with_image(**{missing: value})).images
    assert getattr(image, missing) is None


@pytest.mark.parametrize("missing", ["metadata", "job_id", "generated_at", "status"])
@pytest.mark.parametrize("value", [..., None])
def test_what_a_result_may_lack(missing: str, value: Any) -> None:
    result = result_of(with_result(**{missing: value}))
    assert len(result.images) == 1
    if missing == "metadata":
        assert result.metadata is None
    if missing == "generated_at":
        assert result.generated_at == NOON


@pytest.mark.parametrize("missing", ["environment", "timestamp"])
def test_what_an_event_may_lack(missing: str) -> None:
    body = completed_body(JOB)
    del body[missing]
    assert len(result_of(body).images) == 2


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.678901", datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)),
        ("2026-01-02 03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T05:04:05+02:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc(sent: str, taken: datetime) -> None:
    assert result_of(with_result(generated_at=sent)).generated_at == taken


@pytest.mark.parametrize(
    "sent", ["yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", [], {}]
)
def test_a_time_that_is_none_is_a_fault(sent: Any) -> None:
    """Row 15: times beyond UTC's range, too."""
    assert pointers(with_result(generated_at=sent)) == ["#/data/generated_at"]


@pytest.mark.parametrize("word", ["completed", "COMPLETED", "Completed", " completed "])
def test_the_status_comes_in_any_case(word: str) -> None:
    assert len(result_of({**completed_body(JOB), "status": word}).images) == 2


@pytest.mark.parametrize("word", ["cancelled", "done", "", None, 5, True])
def test_a_status_that_no_backend_may_report_is_a_fault(word: Any) -> None:
    assert pointers({**progress_body(JOB), "status": word}) == ["#/status"]


@pytest.mark.parametrize(
    ("word", "taken"), [("PNG", "PNG"), ("png", "PNG"), ("jpg", "JPEG"), ("JPG", "JPEG"), ("jpeg", "JPEG"), ("WebP", "WEBP")]
)
def test_the_format_comes_in_any_case_and_jpg_is_jpeg(word: str, taken: str) -> None:
    assert result_of(with_image(format=word)).images[0].format == taken


@pytest.mark.parametrize("word", ["gif", "", None, ..., 5])
def test_another_format_is_a_fault(word: Any) -> None:
    assert pointers(with_image(format=word)) == ["#/data/images/0/format"]


@pytest.mark.parametrize(("sent", "taken"), [("1.0", "1.0"), (1.0, "1.0"), (2, "2")])
def test_a_version_may_be_a_number(sent: Any, taken: str) -> None:
    metadata = result_of(with_result(metadata={"version": sent})).metadata
    assert metadata is not None
    assert metadata.version == taken


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (with_result(images=[]), "#/data/images"),
        (with_result(images=...), "#/data/images"),
        (completed_body(JOB, count=5), "#/data/images"),
        (with_result(job_id=OTHER), "#/data/job_id"),
        ({**completed_body(JOB), "data": None}, "#/data"),
        ({"job_id": JOB, "status": "completed"}, "#/data"),
        ({**completed_body(JOB), "job_id": ""}, "#/job_id"),
        ({**completed_body(JOB), "job_id": None}, "#/job_id"),
        ({**completed_body(JOB), "data": []}, "#/data"),
        (with_image(size_bytes=-1), "#/data/images/0/size_bytes"),
        (with_image(size_bytes=True), "#/data/images/0/size_bytes"),
        (with_image(size_bytes=10**40), "#/data/images/0/size_bytes"),
        (with_result(metadata={"generation_time_seconds": -1}), "#/data/metadata/generation_time_seconds"),
        (with_result(metadata={"generation_time_seconds": float("nan")}), "#/data/metadata/generation_time_seconds"),
        (with_result(metadata={"generation_time_seconds": float("inf")}), "#/data/metadata/generation_time_seconds"),
        (with_result(metadata={"input_tokens": 10**30}), "#/data/metadata/input_tokens"),
    ],
)
def test_a_result_that_must_not_be_stored_is_refused_where_it_is_wrong(body: Any, pointer: str) -> None:
    assert pointers(body) == [pointer]


@pytest.mark.parametrize("progress", [-1, 101, 1000, -0.5, 101.5, "60.5", "x", True, float("nan"), float("inf"), 10**30])
def test_progress_outside_0_to_100_is_a_fault(progress: Any) -> None:
    assert pointers(progress_body(JOB, progress=progress)) == ["#/progress"]


@pytest.mark.parametrize(("status", "progress"), [("pending", 10), ("initializing", 25), ("generating", 60), ("saving", 90)])
def test_progress_that_is_not_said_follows_from_the_state(status: str, progress: int) -> None:
    event = event_of({"job_id": JOB, "status": status})
    assert isinstance(event, Progressed)
    assert (event.state, event.progress) == (State(status.upper()), progress)


@pytest.mark.parametrize(("sent", "taken"), [(33.3, 33), (0.9, 0), (99.99, 99), (100.0, 100), ("60", 60)])
def test_a_fraction_of_a_percent_is_not_reached_yet(sent: Any, taken: int) -> None:
    event = event_of(progress_body(JOB, progress=sent))
    assert isinstance(event, Progressed)
    assert event.progress == taken


@pytest.mark.parametrize("version", [10**16, -(10**16), 10**400, 1e300, float("nan"), True, []])
def test_row_15_a_version_that_is_none_is_a_fault(version: Any) -> None:
    assert pointers(with_result(metadata={"version": version})) == ["#/data/metadata/version"]


def test_progress_that_is_said_counts() -> None:
    assert event_of(progress_body(JOB, progress=0)) == Progressed(state=State.GENERATING, progress=0, message="Presque")


@pytest.mark.parametrize(("locale", "words"), [("fr", "Génération des images en cours"), ("en", "Generating the images")])
def test_progress_without_a_message_gets_one_in_the_users_language(locale: str, words: str) -> None:
    assert event_of({"job_id": JOB, "status": "generating"}, locale) == Progressed(
        state=State.GENERATING, progress=60, message=words
    )


def test_what_a_progress_event_carries_as_data_is_nobodys_concern() -> None:
    assert isinstance(event_of(progress_body(JOB, data={"images": "soon"})), Progressed)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, "Contenu refusé"),
        ({"error_message": None}, "refused"),
        ({"error_message": "  "}, "refused"),
        ({"error_message": None, "message": None}, "Cette demande a été refusée par la modération. Reformulez votre prompt."),
        ({"error_message": None, "message": None, "error_code": None}, "La génération a échoué. Réessayez."),
    ],
)
def test_error_message_wins_over_message_and_something_is_always_said(changes: dict[str, Any], error: str) -> None:
    event = event_of(failed_body(JOB, **changes))
    assert isinstance(event, Failed)
    assert event.error == error
    assert not event.deadline_passed


@pytest.mark.parametrize("code", ErrorCode)
def test_known_error_codes_are_kept(code: ErrorCode) -> None:
    assert event_of(failed_body(JOB, error_code=str(code))) == Failed(error="Contenu refusé", error_code=code)


@pytest.mark.parametrize("code", ["E42", "", None, 5, [], {}])
def test_other_error_codes_count_as_internal(code: Any) -> None:
    assert event_of(failed_body(JOB, error_code=code)) == Failed(error="Contenu refusé", error_code=ErrorCode.INTERNAL)


@pytest.mark.parametrize(
    ("letters", "kept"), [(MAX_TEXT, "é" * MAX_TEXT), (30_000, "é" * (MAX_TEXT - 1) + "…")], ids=["all", "cut"]
)
def test_a_text_too_long_is_cut_and_not_refused(letters: int, kept: str) -> None:
    said = "é" * letters
    assert event_of(failed_body(JOB, error_message=said)) == Failed(error=kept, error_code=ErrorCode.CONTENT_MODERATED)
    assert event_of(progress_body(JOB, message=said)) == Progressed(state=State.GENERATING, progress=60, message=kept)


def test_every_bad_image_is_named() -> None:
    body = completed_body(JOB, count=3)
    body["data"]["job_id"] = OTHER
    body["data"]["images"][0]["file_path"] = f"images/{OTHER}/image_1.png"
    body["data"]["images"][2].update(file_path="./x.png", url="https://evil.example.org/x.png")
    assert pointers(body) == ["#/data/job_id", "#/data/images/0", "#/data/images/2"]


@pytest.mark.parametrize(
    "body",
    [
        *(None, "", "hello", "[]", "null", "[" * 100_000, json.dumps({"job_id": JOB, "status": "failed"})[:-1]),
        *(r'{"job_id": "\ud800", "status": "failed"}', '{"job_id": "\ud800"}'),
    ],
    ids=lambda body: ascii(body)[:20],
)
def test_row_15_a_hostile_body_is_a_fault_and_never_an_exception(body: str | None) -> None:
    """Row 15."""
    assert pointers(body)
