"""Jobs and notifications as the API shows them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sorami.jobs import BackendFile, Image, Job, Metadata, S3Ref
from sorami.times import iso
from sorami.wire.answers import GalleryImage, Generation, NotificationAnswer, Result, ResultImage, ResultMetadata, Status

if TYPE_CHECKING:
    from sorami.feed import Notification

type ReadUrl = Callable[[S3Ref | BackendFile], str]


def status_answer(job: Job) -> Status:
    answer: Status = {
        "job_id": job.job_id,
        "status": job.state,
        "progress": job.progress,
        "message": job.message,
        "created_at": iso(job.created_at),
        "updated_at": iso(job.updated_at),
    }
    if job.error is not None:
        answer["error"] = job.error
    if job.error_code is not None:
        answer["error_code"] = job.error_code
    return answer


def result_answer(job: Job, *, read_url: ReadUrl, expires_at: datetime) -> Result:
    """The result of a completed job, its images as fresh URLs that hold until `expires_at`."""
    return {
        "job_id": job.job_id,
        "status": "COMPLETED",
        "message": job.message,
        "images": [_result_image(image, read_url(image.location), expires_at) for image in job.images],
        "metadata": _result_metadata(job.metadata or Metadata()),
        "generated_at": iso(job.generated_at or job.updated_at),
    }


def _result_image(image: Image, url: str, expires_at: datetime) -> ResultImage:
    return {
        "url": url,
        "expires_at": iso(expires_at),
        "file_path": image.location.key if isinstance(image.location, S3Ref) else image.file_path,
        "format": image.format,
        "dimensions": f"{image.width}x{image.height}",
        "size_bytes": image.size_bytes,
        "description": image.description,
    }


def _result_metadata(metadata: Metadata) -> ResultMetadata:
    return {
        "model_name": metadata.model_name,
        "version": metadata.version,
        "generation_time_seconds": metadata.generation_time_seconds,
        "input_tokens": metadata.input_tokens,
        "output_size_bytes": metadata.output_size_bytes,
        "timestamp": iso(metadata.timestamp) if metadata.timestamp else None,
    }


def generation_answer(job: Job, *, read_url: ReadUrl, with_images: bool = True) -> Generation:
    """A card of the gallery; without images when their files have expired."""
    metadata = job.metadata or Metadata()
    finished = iso(job.finished_at) if job.finished_at else None
    return {
        "id": job.job_id,
        "prompt": job.order.prompt,
        "status": job.state,
        "numImages": len(job.images) or job.order.num_images,
        "createdAt": iso(job.created_at),
        "completedAt": finished,
        "model": metadata.model_name,
        "processingTime": metadata.generation_time_seconds,
        "images": [_gallery_image(job, number, image, read_url) for number, image in enumerate(job.images, start=1)]
        if with_images
        else [],
    }


def _gallery_image(job: Job, number: int, image: Image, read_url: ReadUrl) -> GalleryImage:
    path = image.location.key if isinstance(image.location, S3Ref) else image.file_path
    return {
        "id": f"{job.job_id}-{number}",
        "filename": PurePosixPath(path).name or f"image_{number}",
        "fileUrl": read_url(image.location),
        "fileSize": image.size_bytes,
        "format": image.format,
        "width": image.width,
        "height": image.height,
        "aspectRatio": f"{image.width}x{image.height}",
        "createdAt": iso(job.finished_at or job.updated_at),
    }


def notification_answer(notification: "Notification") -> NotificationAnswer:
    return {
        "id": notification.id,
        "type": notification.type,
        "title": notification.title,
        "message": notification.message,
        "isRead": notification.read_at is not None,
        "readAt": iso(notification.read_at) if notification.read_at else None,
        "createdAt": iso(notification.created_at),
        "metadata": dict(notification.metadata),
    }
