"""What became of copying images from the backend's host into the bucket, as one DynamoDB update and its condition."""

import re
from collections.abc import Mapping
from typing import Any

from sorami.jobs import BackendFile, Job, S3Ref, State, pending_copies
from sorami.moves import Expression
from sorami.values import dataclass

_NAME = re.compile(r"#(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """The file now lies in the bucket."""

    location: S3Ref
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCopied:
    """The file will not be copied, however often it is tried: its URL stays what the result gives. `reason` is for operators."""

    reason: str


type CopyResult = Copied | NotCopied


def condition_of_copies(job: Job, results: Mapping[int, CopyResult]) -> Expression:
    """True while the job stands as it was read, and each of these images is still to be had where it was fetched from."""
    pending = pending_copies(job.images)
    unmoved = [f"{_path(number, 'backend_url')} = :url_{number}" for number in results]
    urls = {f":url_{number}": pending[number].url for number in results}
    expression = " AND ".join(["#status = :completed", "#version = :seen", *unmoved])
    return _expression(expression, {":completed": State.COMPLETED, ":seen": job.version, **urls})


def update_of_copies(job: Job, results: Mapping[int, CopyResult]) -> Expression:
    """Each image's new place, or why it has none. `updated_at` stays: nothing has happened that anyone was waiting to hear."""
    assigned = ["#version = #version + :one"]
    removed: list[str] = []
    values: dict[str, Any] = {":one": 1}
    for number, result in results.items():
        match result:
            case Copied():
                assigned += [f"{_path(number, part)} = :{part}_{number}" for part in ("bucket", "key")]
                assigned.append(f"{_path(number, 'size_bytes')} = if_not_exists({_path(number, 'size_bytes')}, :size_{number})")
                removed.append(_path(number, "backend_url"))
                place = result.location
                values |= {f":bucket_{number}": place.bucket, f":key_{number}": place.key, f":size_{number}": result.size_bytes}
            case NotCopied():
                assigned.append(f"{_path(number, 'copy_error')} = :reason_{number}")
                values[f":reason_{number}"] = result.reason
    if left := len(pending_copies(job.images).keys() - results.keys()):
        assigned.append("#copies_pending = :left")
        values[":left"] = left
    else:
        removed.append("#copies_pending")
    remove = f" REMOVE {', '.join(removed)}" if removed else ""
    return _expression(f"SET {', '.join(assigned)}{remove}", values)


def still_pending(job: Job, results: Mapping[int, CopyResult], fetched: Mapping[int, BackendFile]) -> dict[int, CopyResult]:
    """Those results that the job, as it stands now, has yet to take: its images may have been settled or changed meanwhile."""
    pending = pending_copies(job.images) if job.state is State.COMPLETED else {}
    return {number: result for number, result in results.items() if pending.get(number) == fetched[number]}


def _path(number: int, part: str) -> str:
    return f"#images[{number - 1}].#{part}"


def _expression(expression: str, values: Mapping[str, Any]) -> Expression:
    # DynamoDB refuses a placeholder that is declared and not used, so the names are read off the expression.
    return Expression(expression=expression, names={f"#{name}": name for name in _NAME.findall(expression)}, values=values)
