"""Results whose files lie on the backend's own host, the smallest files that look like images, and ingest called on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import responses

from ingest.app import handler
from sorami.jobs import BackendFile, Completed, Image, Job, S3Ref
from tests.support.gateway import FakeContext
from tests.support.samples import BUCKET, completed, image
from tests.support.stack import BACKEND_URL, Stack

PICTURES = {
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(range(256)),
    "WEBP": b"RIFF\x24\x01\x00\x00WEBPVP8 " + bytes(range(256)),
}
CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def url_of(job_id: str, number: int = 1) -> str:
    return f"{BACKEND_URL}/files/{job_id}/image_{number}.webp"


def backend_image(job_id: str, number: int = 1, **changes: object) -> Image:
    """An image as today's Flask backend reports it."""
    plain: dict[str, object] = {
        "location": BackendFile(url=url_of(job_id, number)),
        "file_path": f"./generated_images/image_{number}.webp",
        "size_bytes": None,
    }
    return image(job_id, number, **{**plain, **changes})


def completed_on_backend(job: Job, *images: Image) -> Completed:
    """The result with these images, or with one that lies on the backend's host."""
    plain = completed(job.job_id)
    return Completed(
        images=images or (backend_image(job.job_id),),
        generated_at=plain.generated_at,
        message=plain.message,
        metadata=plain.metadata,
    )


@dataclass(frozen=True)
class Result:
    """A job that has just been completed, and the stream's record of it."""

    job: Job
    record: dict[str, Any]


type Complete = Callable[..., Result]


@dataclass(frozen=True, slots=True)
class PatientContext(FakeContext):
    seconds: int = 120

    def get_remaining_time_in_millis(self) -> int:
        return self.seconds * 1000


def deliver(*records: dict[str, Any], seconds: int = 120) -> list[str]:
    """Delivers one batch; returns the sequence numbers that are to be delivered again."""
    answer = handler({"Records": list(records)}, PatientContext(seconds=seconds))
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def serve(http: responses.RequestsMock, job_id: str, number: int = 1, **answer: Any) -> responses.BaseResponse:
    said = {"body": PICTURES["WEBP"], "content_type": "image/webp", **answer}
    return http.add(responses.Response("GET", url_of(job_id, number), **said))


def stored_file(stack: Stack, place: S3Ref | BackendFile) -> tuple[bytes, str]:
    assert isinstance(place, S3Ref)
    found = stack.s3.get_object(Bucket=place.bucket, Key=place.key)
    return found["Body"].read(), found["ContentType"]


def keys_of(stack: Stack, job_id: str) -> list[str]:
    return [entry["Key"] for entry in stack.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"images/{job_id}/").get("Contents", [])]
