"""What browsers send."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from sorami.jobs import Order, State
from sorami.times import to_milliseconds
from sorami.uploads import MAX_BYTES, is_upload
from sorami.wire.faults import custom_fault
from sorami.wire.urls import is_public_http_url


class Request(BaseModel):
    """Unknown fields are ignored: frontends in the field send more than is asked for."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _no_control_characters(value: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in value):
        raise custom_fault("fault.control_characters")
    return value


_DIGITS = re.compile(r"\s*-?\d+\s*", re.ASCII)


def _written_in_digits(value: Any) -> Any:
    """pydantic counts `true` as 1, and takes `1_0`, `+1` and `1.0` where they are text."""
    if isinstance(value, bool) or (isinstance(value, str) and _DIGITS.fullmatch(value) is None):
        raise custom_fault("fault.integer")
    return value


def _a_json_number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise custom_fault("fault.integer")
    return value


def _public_url(value: str | None) -> str | None:
    """Whether an upload is the caller's own is asked where the caller is known."""
    if value is not None and not is_upload(value) and not is_public_http_url(value):
        raise custom_fault("fault.public_url")
    return value


def _empty_is_absent(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


_BEGINS_AS_A_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]", re.ASCII)


def _written_out(value: Any) -> Any:
    """pydantic counts numbers as seconds since 1970, or milliseconds if they are large, also those that are text."""
    if not isinstance(value, str) or _BEGINS_AS_A_TIME.match(value) is None:
        raise custom_fault("fault.time")
    return value


Prompt = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    AfterValidator(_no_control_characters),
]


class GenerateRequest(Request):
    """The body of `POST /api/images/generate`. Numeric strings count as numbers, since the form sends `"2"`."""

    prompt: Prompt
    input_image_url: Annotated[str | None, BeforeValidator(_empty_is_absent), AfterValidator(_public_url)] = None
    num_images: Annotated[int, Field(ge=1, le=4), BeforeValidator(_written_in_digits)] = 1
    size: Literal["512x512", "1024x1024", "1792x1024"] = "1024x1024"
    format: Literal["PNG", "JPEG", "WEBP"] = "PNG"
    style: Literal["photorealistic", "artistic", "illustration", "3d-render"] = "photorealistic"
    quality: Literal["standard", "high", "ultra"] = "standard"

    def order(self) -> Order:
        return Order(**self.model_dump())


class UploadRequest(Request):
    """The body of `POST /api/images/uploads`: what is going to be uploaded, which is then all that may be."""

    content_type: Annotated[Literal["image/png", "image/jpeg", "image/webp"], Field(description="The file's media type.")]
    size_bytes: Annotated[
        int,
        Field(ge=1, le=MAX_BYTES, description="The file's size: the form takes so much and no more."),
        BeforeValidator(_a_json_number),
    ]


class MarkRequest(Request):
    """The body of `PUT /api/notifications`."""

    notification_id: Annotated[str, Field(alias="notificationId", min_length=1, max_length=512)]
    is_read: Annotated[bool, Field(alias="isRead", strict=True)]


class ReadAllRequest(Request):
    """The body of `POST /api/notifications/read-all`: those created up to and including this time. Without a zone it is UTC."""

    before: Annotated[
        datetime,
        Field(description="ISO 8601, such as the `createdAt` of the newest notification that is shown."),
        BeforeValidator(_written_out),
        AfterValidator(to_milliseconds),
    ]


MAX_PAGE = 100
"""Each page before the asked one is a Query; whoever goes further goes by cursor."""


class GalleryQuery(Request):
    """The query of `GET /api/images/user`."""

    limit: Annotated[int, Field(ge=1, le=100), BeforeValidator(_written_in_digits)] = 12
    page: Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(_written_in_digits)] = 1
    cursor: Annotated[str | None, Field(max_length=2048), BeforeValidator(_empty_is_absent)] = None
    status: Literal[
        State.PENDING,
        State.INITIALIZING,
        State.GENERATING,
        State.SAVING,
        State.COMPLETED,
        State.FAILED,
        State.CANCELLED,
        "ALL",
    ] = State.COMPLETED


class FeedQuery(Request):
    """The query of `GET /api/notifications`."""

    limit: Annotated[int, Field(ge=1, le=100), BeforeValidator(_written_in_digits)] = 50
    cursor: Annotated[str | None, Field(max_length=2048), BeforeValidator(_empty_is_absent)] = None
