"""Answers of the API, as JSON objects. Times are ISO 8601 in UTC with `Z`."""

from typing import Any, Literal, NotRequired, TypedDict


class Accepted(TypedDict):
    job_id: str
    status: str
    message: str
    created_at: str


class UploadTicket(TypedDict):
    """A form to POST one file with, and what to name it by in a request for images."""

    url: str
    fields: dict[str, str]
    input_image_url: str
    expires_at: str


class Status(TypedDict):
    job_id: str
    status: str
    progress: int
    message: str
    created_at: str
    updated_at: str
    error: NotRequired[str]
    error_code: NotRequired[str]


class ResultImage(TypedDict):
    url: str
    expires_at: str
    file_path: str
    format: str
    dimensions: str
    size_bytes: int | None
    description: str | None


class ResultMetadata(TypedDict):
    model_name: str | None
    version: str | None
    generation_time_seconds: float | None
    input_tokens: int | None
    output_size_bytes: int | None
    timestamp: str | None


class Result(TypedDict):
    job_id: str
    status: Literal["COMPLETED"]
    message: str
    images: list[ResultImage]
    metadata: ResultMetadata
    generated_at: str


class GalleryImage(TypedDict):
    id: str
    filename: str
    fileUrl: str
    fileSize: int | None
    format: str
    width: int
    height: int
    aspectRatio: str
    createdAt: str


class Generation(TypedDict):
    id: str
    prompt: str
    status: str
    numImages: int
    createdAt: str
    completedAt: str | None
    model: str | None
    processingTime: float | None
    images: list[GalleryImage]


class Gallery(TypedDict):
    generations: list[Generation]
    page: int
    limit: int
    next_cursor: str | None


class NotificationAnswer(TypedDict):
    id: str
    type: str
    title: str
    message: str
    isRead: bool
    readAt: str | None
    createdAt: str
    metadata: dict[str, Any]


class NotificationList(TypedDict):
    notifications: list[NotificationAnswer]
    unreadCount: int
    next_cursor: str | None


class Done(TypedDict):
    success: Literal[True]
    message: str


class AllRead(TypedDict):
    """`marked` is how many this request marked; `unreadCount` what is left."""

    success: Literal[True]
    message: str
    marked: int
    unreadCount: int


class WebhookApplied(TypedDict):
    success: Literal[True]
    applied: Literal[True]
    message: str
    job_id: str
    images_count: int
    processing_time_ms: int


class WebhookIgnored(TypedDict):
    success: Literal[True]
    applied: Literal[False]
    message: str
    job_id: str
    status: str


class Health(TypedDict):
    status: Literal["ok"]
    service: str
    version: str
    time: str
