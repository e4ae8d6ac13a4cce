"""What a backend would report of a job, and the files that a result speaks of."""

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw

from ops.stack import Reception
from sorami.artifacts import CONTENT_TYPES, image_key
from sorami.jobs import ErrorCode, Job
from sorami.times import iso, now

PROGRESSING = ("pending", "initializing", "generating", "saving")
OUTCOMES = ("completed", "failed")
MOST_IMAGES = 4
_MODEL = "make webhook"
_COLOURS = ("#2b3a67", "#7a4988", "#b56576", "#e09f3e")


def draw_images(reception: Reception, job: Job, count: int) -> list[dict[str, Any]]:
    """Plain pictures of the job's size and format, stored where its backend would put them, as a report names them."""
    width, height = map(int, job.order.size.split("x"))
    reported = []
    for number in range(1, count + 1):
        key, content = image_key(job.job_id, number, job.order.format), _picture(number, (width, height), job.order.format)
        reception.s3.put_object(
            Bucket=reception.images_bucket, Key=key, Body=content, ContentType=CONTENT_TYPES[job.order.format]
        )
        reported.append(
            {
                "file_path": key,
                "url": f"s3://{reception.images_bucket}/{key}",
                "description": f"Image {number}, {_MODEL}",
                "format": job.order.format,
                "size_bytes": len(content),
                "dimensions": job.order.size,
            }
        )
    return reported


def event_of(
    job_id: str,
    status: str,
    *,
    progress: int | None = None,
    error: str | None = None,
    code: str | None = None,
    images: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The body of the webhook (docs/api.md, "Webhook")."""
    at = iso(now())
    event: dict[str, Any] = {"job_id": job_id, "status": status, "timestamp": at, "environment": "operator"}
    if status == "completed":
        metadata = {"model_name": _MODEL, "version": "1.0", "output_size_bytes": sum(one["size_bytes"] for one in images)}
        event["data"] = {"job_id": job_id, "status": "COMPLETED", "generated_at": at, "images": images, "metadata": metadata}
    elif status == "failed":
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
