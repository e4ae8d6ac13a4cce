"""Results whose files lie on the backend's own host, and the smallest files that look like images."""

from sorami.jobs import BackendFile, Completed, Image, Job
from tests.support.samples import completed, image
from tests.support.stack import BACKEND_URL

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
