"""Jobs, images and webhook bodies as they really look, each with an id of its own."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sorami.jobs import Completed, ErrorCode, Failed, Image, Job, Metadata, Order, S3Ref, State, new_job_id

NOON = datetime(2026, 1, 2, 12, 0, 0, 678_000, tzinfo=UTC)
BUCKET = "sorami-images-0123"

_numbers = itertools.count(1)


def new_user() -> str:
    """A user that no other test has."""
    return f"user_{next(_numbers)}"


def minutes(number: float) -> datetime:
    """That many minutes after noon."""
    return NOON + timedelta(minutes=number)


def order(**changes: Any) -> Order:
    plain = Order(
        prompt="un chat astronaute 🐱‍🚀",
        num_images=2,
        size="512x512",
        format="WEBP",
        style="artistic",
        quality="high",
        input_image_url="https://images.example.org/cat.png",
    )
    return replace(plain, **changes)


def pending_job(**changes: Any) -> Job:
    """A job as generate writes it."""
    plain = Job(
        job_id=new_job_id(),
        user_id=new_user(),
        org_id="org_1",
        order=order(),
        state=State.PENDING,
        progress=0,
        message="Génération d'images démarrée",
        created_at=NOON,
        updated_at=NOON,
        due_at=minutes(1),
    )
    return replace(plain, **changes)


def image(job_id: str, number: int = 1, **changes: Any) -> Image:
    plain = Image(
        location=S3Ref(bucket=BUCKET, key=f"images/{job_id}/image_{number}.webp"),
        file_path=f"images/{job_id}/image_{number}.webp",
        format="WEBP",
        width=512,
        height=384,
        size_bytes=524_288,
        description="Un chat 🐱",
    )
    return replace(plain, **changes)


METADATA = Metadata(
    model_name="sorami-1",
    version="1.0",
    generation_time_seconds=12.5,
    input_tokens=50,
    output_size_bytes=524_288,
    timestamp=minutes(3),
)


def completed(job_id: str, *, count: int = 2, metadata: Metadata | None = METADATA) -> Completed:
    return Completed(
        images=tuple(image(job_id, number) for number in range(1, count + 1)),
        generated_at=minutes(4),
        message=f"{count} image(s) générée(s) avec succès",
        metadata=metadata,
    )


def failed(**changes: Any) -> Failed:
    return replace(Failed(error="Refusé", error_code=ErrorCode.CONTENT_MODERATED), **changes)


def completed_body(job_id: str, *, count: int = 2) -> dict[str, Any]:
    """A `completed` webhook, word for word as in docs/api.md."""
    return {
        "job_id": job_id,
        "status": "completed",
        "timestamp": "2026-01-02T03:04:05Z",
        "environment": "production",
        "data": {
            "job_id": job_id,
            "status": "COMPLETED",
            "generated_at": "2026-01-02T03:04:05Z",
            "images": [
                {
                    "file_path": f"images/{job_id}/image_{number}.png",
                    "url": "https://storage.example.org/image.png",
                    "description": "…",
                    "format": "PNG",
                    "size_bytes": 524_288,
                    "dimensions": "1024x768",
                }
                for number in range(1, count + 1)
            ],
            "metadata": {
                "model_name": "sorami-1",
                "version": "1.0",
                "generation_time_seconds": 12.5,
                "input_tokens": 50,
                "output_size_bytes": 524_288,
                "timestamp": "2026-01-02T03:04:05Z",
            },
        },
    }


def failed_body(job_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "status": "failed",
        "timestamp": "2026-01-02T03:04:05Z",
        "error_message": "Contenu refusé",
        "message": "refused",
        "error_code": "content_moderated",
        **changes,
    }


def progress_body(job_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "status": "generating",
        "timestamp": "2026-01-02T03:04:05Z",
        "progress": 60,
        "message": "Presque",
        **changes,
    }
