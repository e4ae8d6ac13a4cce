"""The life of a job: its states, the moves between them, and what a job consists of. Standard library only."""

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sorami.values import dataclass


class State(StrEnum):
    PENDING = "PENDING"
    INITIALIZING = "INITIALIZING"
    GENERATING = "GENERATING"
    SAVING = "SAVING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        return self in TERMINAL_STATES


class ErrorCode(StrEnum):
    INVALID_INPUT = "invalid_input"
    CONTENT_MODERATED = "content_moderated"
    BACKEND_REJECTED = "backend_rejected"
    BACKEND_UNAVAILABLE = "backend_unavailable"
    TIMEOUT = "timeout"
    INTERNAL = "internal"


TERMINAL_STATES = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset(State),
    State.INITIALIZING: frozenset(State) - {State.PENDING},
    State.GENERATING: frozenset({State.GENERATING, State.SAVING}) | TERMINAL_STATES,
    State.SAVING: frozenset({State.SAVING}) | TERMINAL_STATES,
    State.COMPLETED: frozenset(),
    State.FAILED: frozenset({State.COMPLETED}),
    State.CANCELLED: frozenset(),
}
"""Every allowed move. An open state may follow itself: that is progress within it. The store derives its conditions from this."""

ONLY_AFTER_DEADLINE = frozenset({(State.FAILED, State.COMPLETED)})
"""Moves that are allowed only when it was our own deadline that failed the job: a late result is still a result."""

PROGRESS_WHEN_UNSAID: Mapping[State, int] = {
    State.PENDING: 10,
    State.INITIALIZING: 25,
    State.GENERATING: 60,
    State.SAVING: 90,
}
"""What a progress event without a `progress` counts as (docs/api.md, "Webhook")."""


def states_before(state: State) -> tuple[State, ...]:
    """The states from which `state` may be entered, in the order of a job's life."""
    return tuple(origin for origin in State if state in TRANSITIONS[origin])


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Ref:
    """A file in a bucket."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendFile:
    """A file that lies on the generation backend's own host, and nowhere else yet."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image of a result. `file_path` is what the backend called it; `location` is where the file is; `copy_error` says
    why a file on the backend's host will not be copied from there."""

    location: S3Ref | BackendFile
    file_path: str
    format: str
    width: int
    height: int
    size_bytes: int | None = None
    description: str | None = None
    copy_error: str | None = None


def pending_copies(images: Sequence[Image]) -> dict[int, BackendFile]:
    """The images, by their number from 1, whose files lie on the backend's host and are still to be copied from there."""
    return {
        number: image.location
        for number, image in enumerate(images, start=1)
        if isinstance(image.location, BackendFile) and image.copy_error is None
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the backend said of the generation. Any of it may be missing; seconds, tokens, bytes."""

    model_name: str | None = None
    version: str | None = None
    generation_time_seconds: float | None = None
    input_tokens: int | None = None
    output_size_bytes: int | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the user asked for."""

    prompt: str
    num_images: int
    size: str
    format: str
    style: str
    quality: str
    input_image_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it is stored. `version` rises by one with every applied event. While it is open, `due_at` is when it is looked at
    next if nothing is heard; `looks` counts how often it was since something was, `watched_since` is the first of these looks.
    `answered_at`: when its backend, asked, last said that it is at work. `deadline_passed` only stands in a job that failed
    because we stopped waiting. `imported`: it had ended in the former service, so that it is no news to anybody here."""

    job_id: str
    user_id: str
    order: Order
    state: State
    progress: int
    message: str
    created_at: datetime
    updated_at: datetime
    version: int = 1
    org_id: str | None = None
    due_at: datetime | None = None
    looks: int = 0
    watched_since: datetime | None = None
    answered_at: datetime | None = None
    finished_at: datetime | None = None
    generated_at: datetime | None = None
    images: tuple[Image, ...] = ()
    metadata: Metadata | None = None
    error: str | None = None
    error_code: str | None = None
    deadline_passed: bool = False
    imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """The backend works on the job. `progress` is 0 to 100."""

    state: State
    progress: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The backend has made the images: one to four."""

    images: tuple[Image, ...]
    generated_at: datetime
    message: str
    metadata: Metadata | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The job came to nothing. `error` is a text for the user; `deadline_passed`: nobody said so, we stopped waiting."""

    error: str
    error_code: ErrorCode
    deadline_passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """Its owner does not want the job any more. `by` is who says so: nobody else's word counts."""

    by: str
    message: str


type JobEvent = Progressed | Completed | Failed | Cancelled


def target_state(event: JobEvent) -> State:
    """The state that the event leads to."""
    match event:
        case Progressed():
            return event.state
        case Completed():
            return State.COMPLETED
        case Failed():
            return State.FAILED
        case Cancelled():
            return State.CANCELLED


def new_job_id() -> str:
    """A UUID version 7 (RFC 9562, section 5.7): it begins with the time, so ids sort by when they were made."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(UUID(int=value))


_JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def is_job_id(text: str) -> bool:
    """Whether the text has the form of an id that this service makes; anything else was never used."""
    return _JOB_ID.fullmatch(text) is not None
