"""What was seen of a backend, before anybody judges it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from sorami.jobs import Job


class Manner(StrEnum):
    """How the stand-in treats the reports of one job."""

    TAKES = "takes everything"
    DROPS = "drops the connection of the first outcome"
    UNAVAILABLE = "answers the first two outcomes with 503"
    REFUSES = "refuses the outcome with 400"
    FORGETS = "answers the outcome with 404"
    CANCELS = "says that the job was cancelled"


@dataclass(frozen=True)
class Heard:
    """A report as it came. `answered` is the status it got, None where the connection was dropped."""

    headers: Mapping[str, str]
    content: bytes
    answered: int | None

    @cached_property
    def said(self) -> Mapping[str, Any]:
        """The body, if it is a JSON object; read loosely, just to know what it wants to be."""
        return self._found or {}

    @property
    def is_object(self) -> bool:
        return self._found is not None

    @cached_property
    def _found(self) -> dict[str, Any] | None:
        try:
            found = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    @property
    def word(self) -> str:
        return str(self.said.get("status", "")).strip().lower()

    @property
    def is_outcome(self) -> bool:
        return self.word in {"completed", "failed"}


@dataclass(frozen=True)
class Stored:
    """A file that was PUT. `trouble` says what real storage would have refused it for, None if nothing."""

    key: str
    content: bytes
    trouble: str | None


@dataclass(frozen=True)
class Answer:
    """The backend's answer to one request. `status` is None where there was none; any 2xx to a submit counts as 202."""

    status: int | None
    seconds: float
    content: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""

    @property
    def is_ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


@dataclass(frozen=True)
class Played:
    """One job from its submits to the last that was heard of it. `status` and `result` are what was answered after its end."""

    job: Job
    submits: Sequence[Answer]
    reports: Sequence[Heard]
    files: Sequence[Stored]
    status: Answer
    result: Answer

    @property
    def outcomes(self) -> list[Heard]:
        return [report for report in self.reports if report.is_outcome]


@dataclass(frozen=True)
class Evidence:
    """All of it. `without_key` is None where no key was given; `strays` are reports on jobs that nobody asked for."""

    backend_url: str
    storage_url: str
    key: str
    secret: str
    played: Mapping[Manner, Played]
    without_key: Answer | None
    bad_input: Answer
    bad_input_reports: Sequence[Heard]
    unknown_status: Answer
    unknown_result: Answer
    strays: Sequence[Heard]
