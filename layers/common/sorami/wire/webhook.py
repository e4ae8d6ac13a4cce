"""What generation backends report. Backends in the field differ, so the models take what docs/api.md lists, and no more."""

import math
import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from sorami.artifacts import BadReference, ReferencePolicy
from sorami.errors import Fault, InvalidRequest
from sorami.jobs import PROGRESS_WHEN_UNSAID, Completed, ErrorCode, Failed, Image, JobEvent, Metadata, Progressed, State
from sorami.texts import text
from sorami.times import to_milliseconds
from sorami.wire.faults import custom_fault

MAX_TEXT = 2000
"""Longer texts of a backend are cut: refusing them would lose the event."""

_MAX_SIDE = 65_535
_MAX_NUMBER = 10**15
_DIMENSIONS = re.compile(r"(\d{1,5})\s*[xX×]\s*(\d{1,5})", re.ASCII)


class Message(BaseModel):
    """Unknown fields are ignored; NaN and Infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, protected_namespaces=())


def _capitals(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _image_format(value: Any) -> Any:
    return "JPEG" if _capitals(value) == "JPG" else _capitals(value)


def _dimensions(value: Any) -> Any:
    """`"1024x768"` as the map that other backends send."""
    if isinstance(value, str):
        sides = _DIMENSIONS.fullmatch(value.strip())
        if sides is None:
            raise custom_fault("fault.dimensions")
        return {"width": int(sides[1]), "height": int(sides[2])}
    if not isinstance(value, dict):
        raise custom_fault("fault.dimensions")
    return value


def _known_error_code(value: Any) -> Any:
    return value if isinstance(value, str) and value in set(ErrorCode) else ErrorCode.INTERNAL


def _cut(value: str) -> str:
    value = value.strip()
    return value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 1] + "…"


def _not_a_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise custom_fault("fault.integer")
    return value


def _whole_percent(value: Any) -> Any:
    """Some backends count in fractions; what lies below is reached for certain."""
    return math.floor(value) if isinstance(value, float) and math.isfinite(value) else _not_a_boolean(value)


type Text = Annotated[str, AfterValidator(_cut)]
type ReportedTime = Annotated[datetime, AfterValidator(to_milliseconds)]
type Count = Annotated[int, Field(ge=0, le=_MAX_NUMBER), BeforeValidator(_not_a_boolean)]
type Side = Annotated[int, Field(ge=1, le=_MAX_SIDE), BeforeValidator(_not_a_boolean)]


class Dimensions(Message):
    width: Side
    height: Side


class ReportedImage(Message):
    file_path: Annotated[str, Field(max_length=2048)] = ""
    url: Annotated[str, Field(max_length=8192)] = ""
    format: Annotated[Literal["PNG", "JPEG", "WEBP"], BeforeValidator(_image_format)]
    dimensions: Annotated[Dimensions, BeforeValidator(_dimensions)]
    size_bytes: Count | None = None
    description: Text | None = None

    @field_validator("file_path", "url", mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        return "" if value is None else value


class ReportedMetadata(Message):
    model_name: Text | None = None
    version: Text | None = None
    generation_time_seconds: Annotated[float, Field(ge=0, le=_MAX_NUMBER)] | None = None
    input_tokens: Count | None = None
    output_size_bytes: Count | None = None
    timestamp: ReportedTime | None = None

    @field_validator("version", mode="before")
    @classmethod
    def _number_as_text(cls, value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return str(value) if is_number and abs(value) <= _MAX_NUMBER else value


class ReportedResult(Message):
    job_id: str | None = None
    generated_at: ReportedTime | None = None
    images: Annotated[list[ReportedImage], Field(min_length=1, max_length=4)]
    metadata: ReportedMetadata | None = None


class WebhookEvent(Message):
    """The body of `POST /api/webhooks/image-completion`."""

    job_id: Annotated[str, Field(min_length=1, max_length=256)]
    status: Annotated[
        Literal[State.PENDING, State.INITIALIZING, State.GENERATING, State.SAVING, State.COMPLETED, State.FAILED],
        BeforeValidator(_capitals),
    ]
    timestamp: ReportedTime | None = None
    progress: Annotated[int, Field(ge=0, le=100), BeforeValidator(_whole_percent)] | None = None
    message: Text | None = None
    error_message: Text | None = None
    error_code: Annotated[ErrorCode, BeforeValidator(_known_error_code)] = ErrorCode.INTERNAL
    data: Annotated[ReportedResult | None, Field(validate_default=True)] = None

    @field_validator("data", mode="before")
    @classmethod
    def _only_a_result_has_data(cls, value: Any, info: ValidationInfo) -> Any:
        """A completed event must have its result; what other events carry there is nobody's concern."""
        if info.data.get("status") is not State.COMPLETED:
            return None
        if value is None:
            raise custom_fault("fault.missing")
        return value

    def to_job_event(self, policy: ReferencePolicy, *, at: datetime, locale: str) -> JobEvent:
        """The event in the service's own terms. Raises InvalidRequest naming every image that may not be referred to."""
        if self.status is State.FAILED:
            error = self.error_message or self.message or text(f"failed.{self.error_code}", locale)
            return Failed(error=error, error_code=self.error_code)
        if self.status is State.COMPLETED and self.data is not None:
            return self._completed(self.data, policy, at=at, locale=locale)
        progress = PROGRESS_WHEN_UNSAID[self.status] if self.progress is None else self.progress
        return Progressed(state=self.status, progress=progress, message=self.message or text(f"job.{self.status}", locale))

    def _completed(self, data: ReportedResult, policy: ReferencePolicy, *, at: datetime, locale: str) -> Completed:
        faults: list[Fault] = []
        if data.job_id is not None and data.job_id != self.job_id:
            faults.append(Fault(pointer="#/data/job_id", detail=text("fault.job_id_differs", locale)))
        images: list[Image] = []
        for place, reported in enumerate(data.images):
            try:
                images.append(_image(self.job_id, reported, policy))
            except BadReference as error:
                faults.append(Fault(pointer=f"#/data/images/{place}", detail=text(error.reason, locale)))
        if faults:
            raise InvalidRequest(faults)
        return Completed(
            images=tuple(images),
            generated_at=data.generated_at or at,
            message=text("job.completed", locale, count=len(images)),
            metadata=Metadata(**data.metadata.model_dump()) if data.metadata else None,
        )


def _image(job_id: str, reported: ReportedImage, policy: ReferencePolicy) -> Image:
    location = policy.locate(job_id, file_path=reported.file_path, url=reported.url)
    return Image(
        location=location,
        file_path=reported.file_path,
        format=reported.format,
        width=reported.dimensions.width,
        height=reported.dimensions.height,
        size_bytes=reported.size_bytes,
        description=reported.description or None,
    )
