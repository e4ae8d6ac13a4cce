"""What the generation backend is asked (docs/api.md, "What this service sends")."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sorami.artifacts import UploadSlot
from sorami.jobs import Job
from sorami.times import iso


def backend_request(job: Job, *, webhook_url: str, slots: Sequence[UploadSlot]) -> dict[str, Any]:
    """The JSON body: the request's fields with their defaults filled in, whose job it is, and where the results go."""
    return {
        **{name: value for name, value in asdict(job.order).items() if value is not None},
        "job_id": job.job_id,
        "user_id": job.user_id,
        "webhook_url": webhook_url,
        "uploads": [
            {"key": slot.key, "url": slot.url, "method": "PUT", "headers": slot.headers, "expires_at": iso(slot.expires_at)}
            for slot in slots
        ],
    }
