"""What this service sends to the generation backend (`sorami.backend_request`), as a shape."""

from typing import Literal, NotRequired, TypedDict

from sorami.wire.answers import JobId, Time, Url


class UploadSlot(TypedDict):
    key: str
    url: Url
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_at: Time


class BackendOrder(TypedDict):
    prompt: str
    input_image_url: NotRequired[Url]
    num_images: int
    size: str
    format: str
    style: str
    quality: str
    job_id: JobId
    user_id: str
    webhook_url: Url
    uploads: list[UploadSlot]
