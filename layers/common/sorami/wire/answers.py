"""Answers of the API, as JSON objects. The names given to texts here are their names in openapi.json too."""

from typing import Any, Literal, NotRequired, TypedDict

from sorami.jobs import State

type JobId = str
type Time = str
"""ISO 8601 in UTC, with milliseconds and `Z`."""
type Url = str
type JobErrorCode = str
type NotificationKind = str
type Cursor = str


class Accepted(TypedDict):
    job_id: JobId
    status: State
    message: str
    created_at: Time


class UploadTicket(TypedDict):
    """A form to POST one file with, and what to name it by in a request for images."""

    url: Url
    fields: dict[str, str]
    input_image_url: str
    expires_at: Time


class Status(TypedDict):
    job_id: JobId
    status: State
    progress: int
    message: str
    created_at: Time
    updated_at: Time
    error: NotRequired[str]
    error_code: NotRequired[JobErrorCode]


class ResultImage(TypedDict):
    url: Url
    expires_at: Time
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
    timestamp: Time | None


class Result(TypedDict):
    job_id: JobId
    status: Literal["COMPLETED"]
    message: str
    images: list[ResultImage]
    metadata: ResultMetadata
    generated_at: Time


class GalleryImage(TypedDict):
    id: str
    filename: str
    fileUrl: Url
    fileSize: int | None
    format: str
    width: int
    height: int
    aspectRatio: str
    createdAt: Time


class Generation(TypedDict):
    id: JobId
    prompt: str
    status: State
    numImages: int
    createdAt: Time
    completedAt: Time | None
    model: str | None
    processingTime: float | None
    images: list[GalleryImage]


class Gallery(TypedDict):
    generations: list[Generation]
    page: int
    limit: int
    next_cursor: Cursor | None


class NotificationAnswer(TypedDict):
    id: str
    type: NotificationKind
    title: str
    message: str
    isRead: bool
    readAt: Time | None
    createdAt: Time
    metadata: dict[str, Any]


class NotificationList(TypedDict):
    notifications: list[NotificationAnswer]
    unreadCount: int
    next_cursor: Cursor | None


class TicketAnswer(TypedDict):
    url: Url
    expires_at: Time


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
    job_id: JobId
    images_count: int
    processing_time_ms: int


class WebhookIgnored(TypedDict):
    success: Literal[True]
    applied: Literal[False]
    message: str
    job_id: JobId
    status: State


class Health(TypedDict):
    status: Literal["ok"]
    service: str
    version: str
    time: Time
