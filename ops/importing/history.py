"""A row of `image_generations` and its rows of `image_files` as a finished job, or the reason why it cannot be one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final

from ops.importing.files import Places, Upload
from ops.importing.staging import StagedImage
from ops.importing.values import Unusable, cleaned, moment, number, text, whole
from sorami.idempotency import hashed_id
from sorami.jobs import ErrorCode, Image, Job, Metadata, Order, State, is_job_id
from sorami.moves import COMPLETE
from sorami.texts import text as words

MOST_IMAGES: Final = 4
LONGEST_PROMPT: Final = 4000
LONGEST_TEXT: Final = 2000
LONGEST_WORD: Final = 64

_ENDS = {
    State.COMPLETED: ("completed", "complete", "success", "succeeded", "done", "finished"),
    State.FAILED: ("failed", "failure", "error"),
    State.CANCELLED: ("cancelled", "canceled"),
}
_STATES = {word: state for state, said in _ENDS.items() for word in said}
_OPEN = frozenset({"pending", "queued", "initializing", "processing", "in_progress", "running", "generating", "saving"})
_FORMATS = {"PNG": "PNG", "JPG": "JPEG", "JPEG": "JPEG", "WEBP": "WEBP"}
_SIZE = re.compile(r"(\d{1,5})\s*[xX×]\s*(\d{1,5})", re.ASCII)
_LARGEST_SIDE = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something of a row that was left out or changed. `line` is an image's, None means the generation's own."""

    line: int | None
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A job to be written, the files to be uploaded for it, and what of its rows is not in it."""

    job: Job
    uploads: tuple[Upload, ...] = ()
    flaws: tuple[Flaw, ...] = ()


def job_id_of(old_id: str, old_job_id: str = "") -> str:
    """The first of these that has the form of ours, the backend's own id before the row's, since files lie under it.

    Else one made from the row's id, always the same, so that a second run meets its own job.
    """
    for one in (old_job_id.lower(), old_id.lower()):
        if is_job_id(one):
            return one
    return hashed_id("sorami:import", old_id)


def plan(
    fields: Mapping[str, Any], images: Sequence[StagedImage], *, job_id: str, sub: str, places: Places, locale: str
) -> Planned:
    """Raises Unusable."""
    state = _state(text(fields["status"]))
    created_at = moment(fields["created_at"], "created_at")
    if created_at is None:
        raise Unusable("no_time", "created_at is missing")
    finished_at = moment(fields["completed_at"], "completed_at") or created_at
    prompt = cleaned(text(fields["prompt"]), LONGEST_PROMPT)
    if not prompt:
        raise Unusable("no_prompt", "the prompt is missing")
    flaws = [] if prompt == text(fields["prompt"]) else [_prompt_flaw()]
    found, uploads = _images(job_id, fields, images, places, flaws) if state is State.COMPLETED else ((), ())
    if state is State.COMPLETED and not found:
        raise Unusable("no_images", "; ".join(["a completed job needs an image", *(flaw.detail for flaw in flaws if flaw.line)]))
    error = (cleaned(text(fields["error"]), LONGEST_TEXT) or words("failed.internal", locale)) if state is State.FAILED else None
    job = Job(
        job_id=job_id,
        user_id=sub,
        order=_order(fields, prompt, len(found)),
        state=state,
        progress=COMPLETE if state is State.COMPLETED else 0,
        message=error or _message(state, len(found), locale),
        created_at=created_at,
        updated_at=finished_at,
        finished_at=finished_at,
        generated_at=finished_at if state is State.COMPLETED else None,
        images=found,
        metadata=_metadata(fields, finished_at) if state is State.COMPLETED else None,
        error=error,
        error_code=ErrorCode.INTERNAL if error else None,
        imported=True,
    )
    return Planned(job=job, uploads=uploads, flaws=tuple(flaws))


def _state(word: str) -> State:
    known = _STATES.get(word.lower())
    if known is not None:
        return known
    if word.lower() in _OPEN:
        raise Unusable("still_open", f"it is {word}: let it end in the former service, then import it")
    raise Unusable("unknown_status", f"status {word[:40]!r} is not known")


def _prompt_flaw() -> Flaw:
    detail = f"control characters are taken out, and what is over {LONGEST_PROMPT} characters is cut off"
    return Flaw(line=None, reason="prompt_changed", detail=detail)


def _message(state: State, count: int, locale: str) -> str:
    return words("job.completed", locale, count=count) if state is State.COMPLETED else words("job.cancelled", locale)


def _order(fields: Mapping[str, Any], prompt: str, found: int) -> Order:
    """What is not known of the order is what the API would have taken for it."""
    asked = whole(fields["num_images"]) or found or 1
    return Order(
        prompt=prompt,
        num_images=min(max(asked, 1), MOST_IMAGES),
        size=_word(fields["size"], "1024x1024"),
        format=_FORMATS.get(text(fields["format"]).upper(), "PNG"),
        style=_word(fields["style"], "photorealistic"),
        quality=_word(fields["quality"], "standard"),
    )


def _word(value: Any, default: str) -> str:
    return cleaned(text(value), LONGEST_WORD) or default


def _metadata(fields: Mapping[str, Any], finished_at: datetime) -> Metadata:
    return Metadata(
        model_name=cleaned(text(fields["model"]), LONGEST_TEXT) or None,
        generation_time_seconds=number(fields["processing_time"]),
        timestamp=finished_at,
    )


def _images(
    job_id: str, fields: Mapping[str, Any], images: Sequence[StagedImage], places: Places, flaws: list[Flaw]
) -> tuple[tuple[Image, ...], tuple[Upload, ...]]:
    found: list[Image] = []
    uploads: list[Upload] = []
    for staged in images:
        if len(found) == MOST_IMAGES:
            flaws.append(Flaw(line=staged.line, reason="too_many_images", detail=f"a job has {MOST_IMAGES} images at most"))
            continue
        try:
            image, upload = _image(job_id, len(found) + 1, fields, staged.fields, places)
        except Unusable as error:
            flaws.append(Flaw(line=staged.line, reason=error.reason, detail=error.detail))
            continue
        found.append(image)
        uploads += [upload] if upload else []
    return tuple(found), tuple(uploads)


def _image(
    job_id: str, count: int, job: Mapping[str, Any], fields: Mapping[str, Any], places: Places
) -> tuple[Image, Upload | None]:
    url, path, name = text(fields["file_url"]), text(fields["file_path"]), text(fields["filename"])
    image_format = _image_format(text(fields["format"]), [name, path, url])
    width, height = _sides(fields, job)
    location, upload = places.find(job_id, count, url=url or path or name, names=[path, name], image_format=image_format)
    image = Image(
        location=location,
        file_path=cleaned(path or name or url, LONGEST_TEXT),
        format=image_format,
        width=width,
        height=height,
        size_bytes=upload.path.stat().st_size if upload else whole(fields["file_size"]),
        description=cleaned(text(fields["description"]), LONGEST_TEXT) or None,
    )
    return image, upload


def _image_format(said: str, names: list[str]) -> str:
    endings = [PurePosixPath(name.partition("?")[0]).suffix.removeprefix(".") for name in names]
    for one in [said.rpartition("/")[2], *endings]:  # image/png is said as well
        if one:
            if one.upper() in _FORMATS:
                return _FORMATS[one.upper()]
            raise Unusable("unknown_format", f"{one[:40]!r} is none of PNG, JPEG, WEBP")
    raise Unusable("unknown_format", "no format is said, and no name has an ending")


def _sides(fields: Mapping[str, Any], job: Mapping[str, Any]) -> tuple[int, int]:
    """The image's own, or else those that were asked for."""
    sides = whole(fields["width"]) or 0, whole(fields["height"]) or 0
    asked = _SIZE.fullmatch(text(job["size"]))
    if not all(sides) and asked:
        sides = int(asked[1]), int(asked[2])
    if not all(0 < side <= _LARGEST_SIDE for side in sides):
        raise Unusable("no_dimensions", "width and height are missing, and the generation says no size")
    return sides
