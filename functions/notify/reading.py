"""A job out of a stream record, read strictly: what the tables could not take is found here, before anything is written."""

from collections.abc import Mapping
from typing import Any

from sorami.items import job_from_item
from sorami.jobs import Job, State
from sorami.values import dataclass


class UnreadableRecord(Exception):
    """The record holds no job that anybody could be told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A job as it is now, and what of it stood before (None: there was no job)."""

    job: Job
    state_before: State | None
    version_before: int | None

    @property
    def is_history(self) -> bool:
        """Written as it had ended in the former service: whatever there was to tell of it was told there."""
        return self.job.imported and self.version_before is None

    @property
    def is_event(self) -> bool:
        """An applied event, and no mere note beside the job, such as a claim of reconcile's: only events raise the version."""
        return self.version_before is None or self.job.version > self.version_before


def read_change(change: Mapping[str, Any]) -> Change:
    """The change in a stream record's `dynamodb` part.

    Raises UnreadableRecord, or whatever reading a job raises: KeyError, TypeError, ValueError, …
    """
    job = job_from_item(change["NewImage"])
    _expect_text(job_id=job.job_id, user_id=job.user_id)
    _expect_text_or_nothing(error=job.error, error_code=job.error_code)
    if job.metadata is not None:
        _expect_text_or_nothing(model_name=job.metadata.model_name)
        seconds = job.metadata.generation_time_seconds
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float)):
            raise UnreadableRecord(f"generation_time_seconds is a {type(seconds).__name__}")
    old_image = change.get("OldImage")
    return Change(
        job=job,
        state_before=State(old_image["status"]["S"]) if old_image is not None else None,
        version_before=int(old_image["version"]["N"]) if old_image is not None else None,
    )


def _expect_text(**values: object) -> None:
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise UnreadableRecord(f"{name} is {'empty' if value == '' else f'a {type(value).__name__}'}")


def _expect_text_or_nothing(**values: object) -> None:
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise UnreadableRecord(f"{name} is a {type(value).__name__}")
