"""What a backend would report of a job, the files that a result speaks of, and the way there."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import requests
from PIL import Image, ImageDraw
from standardwebhooks import Webhook

from ops.stack import Reception
from sorami.artifacts import CONTENT_TYPES, image_key, job_prefix
from sorami.jobs import ErrorCode, Job, new_job_id
from sorami.times import iso, now


class Reported(StrEnum):
    """The words of a report (docs/api.md, "Webhook")."""

    PENDING = "pending"
    INITIALIZING = "initializing"
    GENERATING = "generating"
    SAVING = "saving"
    COMPLETED = "completed"
    FAILED = "failed"


OUTCOMES = frozenset({Reported.COMPLETED, Reported.FAILED})
MOST_IMAGES = 4
BY_HAND = "by_hand_"
"""Begins the names of our pictures: the job may have its own by now, and no report brings those back."""
_MODEL = "sorami webhook send"
_TIMEOUT = (5, 30)
_COLOURS = ("#2b3a67", "#7a4988", "#b56576", "#e09f3e")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A plain picture of the job's size and format, beside where its backend would put its own."""

    key: str
    content: bytes
    content_type: str
    reported: dict[str, Any]
    """As a report names it."""


def draw_images(job: Job, count: int, bucket: str) -> list[Picture]:
    width, height = map(int, job.order.size.split("x"))
    pictures = []
    for number in range(1, count + 1):
        own_name = image_key(job.job_id, number, job.order.format).rpartition("/")[2]
        key = f"{job_prefix(job.job_id)}{BY_HAND}{own_name}"
        content = _picture(number, (width, height), job.order.format)
        reported = {
            "file_path": key,
            "url": f"s3://{bucket}/{key}",
            "description": f"Image {number}, {_MODEL}",
            "format": job.order.format,
            "size_bytes": len(content),
            "dimensions": job.order.size,
        }
        kind = CONTENT_TYPES[job.order.format]
        pictures.append(Picture(key=key, content=content, content_type=kind, reported=reported))
    return pictures


def send_report(reception: Reception, event: Mapping[str, Any], pictures: Sequence[Picture]) -> tuple[int, dict[str, Any]]:
    """Stores the pictures, if any, then posts the event; returns what the service answers: status and body.

    With the secret and a signature: whichever of them the stack's WebhookAuth wants is there. Raises requests' errors.
    """
    for one in pictures:
        reception.s3.put_object(Bucket=reception.images_bucket, Key=one.key, Body=one.content, ContentType=one.content_type)
    content, message_id, at = json.dumps(event).encode(), f"msg_{new_job_id()}", now()
    key = reception.secret if reception.secret.startswith("whsec_") else reception.secret.encode()
    headers = {
        "Content-Type": "application/json",
        "X-Webhook-Secret": reception.secret,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(key).sign(message_id, at, content.decode()),
    }
    with requests.Session() as session:
        session.trust_env = reception.is_remote  # a proxy of the surroundings is not for the loopback interface
        answer = session.post(reception.url, data=content, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
    try:
        said = answer.json()
    except ValueError:
        said = {}
    return answer.status_code, said if isinstance(said, dict) else {}


def event_of(
    job_id: str,
    status: Reported,
    *,
    progress: int | None = None,
    error: str | None = None,
    code: str | None = None,
    images: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The body of the webhook (docs/api.md, "Webhook")."""
    at = iso(now())
    event: dict[str, Any] = {"job_id": job_id, "status": str(status), "timestamp": at, "environment": "operator"}
    if status is Reported.COMPLETED:
        metadata = {"model_name": _MODEL, "version": "1.0", "output_size_bytes": sum(one["size_bytes"] for one in images)}
        event["data"] = {"job_id": job_id, "status": "COMPLETED", "generated_at": at, "images": images, "metadata": metadata}
    elif status is Reported.FAILED:
        event |= {"error_code": code or ErrorCode.INTERNAL} | ({"error_message": error, "message": error} if error else {})
    elif progress is not None:
        event["progress"] = progress
    return event


def _picture(number: int, size: tuple[int, int], image_format: str) -> bytes:
    picture = Image.new("RGB", size, _COLOURS[number - 1])
    ImageDraw.Draw(picture).text((size[0] // 2, size[1] // 2), str(number), fill="white", anchor="mm", font_size=size[1] // 3)
    buffer = io.BytesIO()
    picture.save(buffer, image_format)
    return buffer.getvalue()
