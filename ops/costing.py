"""What a stack's jobs cost, by the model of docs/cost.md, from what the jobs table says of each of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final

from benchmarks.cost.measured import Measured, measured_before
from benchmarks.cost.model import IMAGE_GB, POLL_SECONDS, POLLS, Course, dollars_of
from benchmarks.results import load
from ops.exits import ConsoleFailure
from sorami.items import Item, job_to_item, to_item
from sorami.jobs import Job, State

_NOT_MEASURED: Final = "Nothing was measured yet, so nothing is known of the price: `make bench-warm` and `make cost` first."
_OF_THE_RESULT: Final = {"images", "metadata", "generated_at", "finished_at", "completed_at", "gallery_user"}
_ON_A_CARD: Final = {"job_id", "gallery_user", "completed_at", "prompt", "num_images", "created_at", "images", "metadata"}
"""What the index `finished` holds (template.yaml)."""
_WRITER: Final = to_item({"writer": "0" * 16})
_TOLD: Final = {State.COMPLETED, State.FAILED}


class NothingMeasured(ConsoleFailure):
    """The benchmarks' results are not in this checkout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a call and a write cost in time and units, and the memory of each function."""

    measured: Measured
    sizes: Mapping[str, int]

    def dollars(self, course: Course) -> dict[str, float]:
        """Of one job, by line item."""
        return dollars_of(course, self.measured, self.sizes)


def model() -> Model:
    """Raises NothingMeasured."""
    try:
        return Model(measured=measured_before(), sizes=load("cost")["memory"])
    except (FileNotFoundError, KeyError) as error:
        raise NothingMeasured(_NOT_MEASURED) from error


def average_course(jobs: Sequence[Job], model: Model, *, polling: bool, now: datetime) -> Course:
    """What the average of the jobs made the service do; with no jobs, what the measured one does. `polling`: their pages asked
    every two seconds for as long as each was open; else they were connected anyway."""
    if not jobs:
        return Course(write_units=model.measured.write_units, polls=POLLS if polling else 0, live=not polling)
    number = len(jobs)
    return Course(
        write_units=sum(write_units(job, model.measured) for job in jobs) / number,
        reports=sum(job.version - 1 for job in jobs) / number,
        outcomes=sum(job.state in _TOLD for job in jobs) / number,
        polls=sum(_seconds_open(job, now) for job in jobs) / POLL_SECONDS / number if polling else 0,
        images=sum(len(job.images) for job in jobs) / number,
        gigabytes=sum(_gigabytes(job) for job in jobs) / number,
        live=not polling,
    )


def write_units(job: Job, measured: Measured) -> float:
    """Write units of all that has happened to the job: the item's by its size then, the indexes' as measured.

    Events that were refused or came twice are billed too and are not known here; nor are looks of reconcile.
    """
    item = job_to_item(job) | _WRITER
    opened = _units({name: value for name, value in item.items() if name not in _OF_THE_RESULT})
    create, complete = (dict(measured.writes[step]) for step in ("create", "complete"))
    events = job.version - 1
    total = opened + create["by_user"] + create["open"]
    if not job.state.is_terminal:
        return total + events * opened
    total += (events - 1) * opened + _units(item) + complete["open"]
    if job.state is State.COMPLETED:
        total += _units({name: value for name, value in item.items() if name in _ON_A_CARD})
    return total + (sum(measured.writes["notification"].values()) if job.state in _TOLD else 0)


def _units(item: Item) -> int:
    """A unit for each begun kilobyte (DynamoDB developer guide, "Item sizes and formats")."""
    return ceil(_bytes({"M": item}) / 1024)


def _bytes(value: Mapping[str, Any]) -> int:
    match value:
        case {"S": str(text)}:
            return len(text.encode())
        case {"N": str(number)}:
            return len(number) // 2 + 1
        case {"L": list(parts)}:
            return 3 + sum(1 + _bytes(part) for part in parts)
        case {"M": dict(parts)}:
            return 3 + sum(1 + len(name.encode()) + _bytes(part) for name, part in parts.items())
        case _:  # a truth, or nothing
            return 1


def _seconds_open(job: Job, now: datetime) -> float:
    return ((job.finished_at or now) - job.created_at).total_seconds()


def _gigabytes(job: Job) -> float:
    return sum(image.size_bytes / 1e9 if image.size_bytes else IMAGE_GB for image in job.images)


def states_of(jobs: Sequence[Job]) -> dict[str, int]:
    """How many are in which state, the most first."""
    return dict(Counter(str(job.state) for job in jobs).most_common())
