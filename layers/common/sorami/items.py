"""A job as a DynamoDB item, and back: the only description of that mapping."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sorami.jobs import BackendFile, Image, Job, Metadata, Order, S3Ref, State
from sorami.times import iso, parse

type Item = dict[str, Any]
"""An item in DynamoDB's own form: `{"job_id": {"S": "…"}}`."""

_SMALLEST = 1e-100  # DynamoDB holds nothing from about 1E-130 down; no measure of ours is that small
_BEYOND_INT = 10**38  # it holds 38 digits,
_BEYOND_FLOAT = 1e126  # and nothing from here on; a float has 17 digits at most


def to_attribute(value: Any) -> Any:
    """A Python value in DynamoDB's form. Floats go as their shortest decimal text, so that 12.5 comes back as 12.5; what is None
    within a map is left out. Raises TypeError for what nothing here stores, ValueError for a number that DynamoDB cannot hold."""
    match value:
        case str():
            return {"S": str(value)}  # an enum's member as its value
        case datetime():
            return {"S": iso(value)}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": _numeral(value)}
        case dict():
            return {"M": to_item(value)}
        case list() | tuple():
            return {"L": [to_attribute(inner) for inner in value]}
    raise TypeError(f"{type(value).__name__} has no place in an item")


def _numeral(value: float) -> str:
    size = abs(value)
    if not size < (_BEYOND_INT if isinstance(value, int) else _BEYOND_FLOAT):  # not less: of NaN neither is true
        raise ValueError("DynamoDB holds no such number")
    return "0" if size < _SMALLEST else repr(value)


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as plain Python values: whole numbers as int, others as float."""
    return {name: _from_attribute(value) for name, value in item.items()}


def to_item(values: Mapping[str, Any]) -> Item:
    """The values in DynamoDB's form, those that are None left out."""
    return {name: to_attribute(value) for name, value in values.items() if value is not None}


def job_to_item(job: Job) -> Item:
    """A new job, whose result comes by events (`moves`), or one that has ended already. `open_user`, key of the sparse index
    `open`, only while it is open; `gallery_user` and `completed_at`, keys of `finished`, only once it is completed."""
    is_completed = job.state is State.COMPLETED
    return to_item(
        {
            "job_id": job.job_id,
            "user_id": job.user_id,
            "org_id": job.org_id,
            **asdict(job.order),
            "status": job.state,
            "progress": job.progress,
            "message": job.message,
            "created_at": job.created_at,
            "updated_at": job.updated_at,
            "version": job.version,
            "due_at": job.due_at,
            "open_user": None if job.state.is_terminal else job.user_id,
            "finished_at": job.finished_at,
            "completed_at": job.finished_at if is_completed else None,
            "gallery_user": job.user_id if is_completed else None,
            "generated_at": job.generated_at,
            "images": images_to_values(job.images) or None,
            "metadata": asdict(job.metadata) if job.metadata else None,
            "error": job.error,
            "error_code": job.error_code,
            "deadline_passed": job.deadline_passed or None,
            "imported": job.imported or None,
        }
    )


def job_from_item(item: Mapping[str, Any]) -> Job:
    """The job of an item, or of a stream record's image."""
    return job_from_values(from_item(item))


def job_from_values(values: Mapping[str, Any]) -> Job:
    metadata = values.get("metadata")
    return Job(
        job_id=values["job_id"],
        user_id=values["user_id"],
        org_id=values.get("org_id"),
        order=Order(
            prompt=values["prompt"],
            num_images=values["num_images"],
            size=values["size"],
            format=values["format"],
            style=values["style"],
            quality=values["quality"],
            input_image_url=values.get("input_image_url"),
        ),
        state=State(values["status"]),
        progress=values["progress"],
        message=values["message"],
        created_at=parse(values["created_at"]),
        updated_at=parse(values["updated_at"]),
        version=values["version"],
        due_at=_time(values, "due_at"),
        looks=values.get("looks", 0),
        watched_since=_time(values, "watched_since"),
        answered_at=_time(values, "answered_at"),
        finished_at=_time(values, "finished_at"),
        generated_at=_time(values, "generated_at"),
        images=images_from_values(values.get("images", ())),
        metadata=metadata_from_values(metadata) if metadata is not None else None,
        error=values.get("error"),
        error_code=values.get("error_code"),
        deadline_passed=values.get("deadline_passed", False),
        imported=values.get("imported", False),
    )


def images_to_values(images: tuple[Image, ...]) -> list[dict[str, Any]]:
    """The images as maps: a location is `bucket` and `key`, or `backend_url` while the file lies on the backend's host."""
    return [
        {
            **(
                {"bucket": image.location.bucket, "key": image.location.key}
                if isinstance(image.location, S3Ref)
                else {"backend_url": image.location.url}
            ),
            "file_path": image.file_path,
            "format": image.format,
            "width": image.width,
            "height": image.height,
            "size_bytes": image.size_bytes,
            "description": image.description,
            "copy_error": image.copy_error,
        }
        for image in images
    ]


def images_from_values(values: Any) -> tuple[Image, ...]:
    return tuple(
        Image(
            location=S3Ref(bucket=value["bucket"], key=value["key"])
            if "bucket" in value
            else BackendFile(url=value["backend_url"]),
            file_path=value["file_path"],
            format=value["format"],
            width=value["width"],
            height=value["height"],
            size_bytes=value.get("size_bytes"),
            description=value.get("description"),
            copy_error=value.get("copy_error"),
        )
        for value in values
    )


def metadata_from_values(values: Mapping[str, Any]) -> Metadata:
    return Metadata(**{**values, "timestamp": _time(values, "timestamp")})


def _time(values: Mapping[str, Any], name: str) -> datetime | None:
    text = values.get(name)
    return parse(text) if text else None


def _from_attribute(attribute: Mapping[str, Any]) -> Any:
    [(kind, value)] = attribute.items()
    return _READERS[kind](value)


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
    return int(number) if number.is_integer() else number


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "S": lambda text: text,
    "BOOL": lambda truth: truth,
    "N": _number,
    "NULL": lambda _: None,
    "M": from_item,
    "L": lambda values: [_from_attribute(one) for one in values],
    # Nothing here stores these. A later version may.
    "B": lambda content: content,  # bytes from the table, base64 text in a record of its stream
    "SS": set,
    "NS": set,
    "BS": set,
}
