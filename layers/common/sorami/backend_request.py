"""What the generation backend is asked (docs/api.md, "What this service sends")."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sorami.artifacts import UploadSlot
from sorami.jobs import Job
from sorami.times import iso


def backend_request(job: Job, *, webhook_url: str, slots: Sequence[UploadSlot], input_image_url: str | None) -> dict[str, Any]:
    """The JSON body: the request's fields with their defaults filled in, whose job it is, and where the results go.

    `input_image_url` is the order's, as the backend may fetch it.
    """
    asked = asdict(job.order) | {"input_image_url": input_image_url}
    return {
        **{name: value for name, value in asked.items() if value is not None},
        "job_id": job.job_id,
        "user_id": job.user_id,
        "webhook_url": webhook_url,
        "uploads": [
            {"key": slot.key, "url": slot.url, "method": "PUT", "headers": slot.headers, "expires_at": iso(slot.expires_at)}
            for slot in slots
        ],
    }
