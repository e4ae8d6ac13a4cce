"""The accounts of a soak: what was asked, what jobs came to, what users were told. Pure, so that the verdict can be tested."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
_TOLD_OF = {"COMPLETED": "IMAGE_COMPLETED", "FAILED": "IMAGE_FAILED"}

Telling = tuple[str, str]
"""A job's id and the type of a notification."""


def outcomes(records: Iterable[Mapping[str, Any]]) -> frozenset[Telling]:
    """Of which outcomes somebody is to be told, by the stream of the jobs table: cancelling tells nobody."""
    reached = set()
    for record in records:
        new, old = record["dynamodb"].get("NewImage"), record["dynamodb"].get("OldImage")
        if new and (kind := _TOLD_OF.get(new["status"]["S"])) and (old is None or old["status"] != new["status"]):
            reached.add((new["job_id"]["S"], kind))
    return frozenset(reached)


def tellings(rows: Iterable[Mapping[str, Any]]) -> Counter[Telling]:
    """How often users' feeds tell each outcome; rows of the notifications table, whose `sort` is `<time>#<job_id>#<type>`."""
    return Counter((sort[1], sort[2]) for row in rows if len(sort := row["sort"]["S"].split("#")) == 3)


@dataclass(frozen=True)
class Verdict:
    lost: frozenset[str]
    doubled: frozenset[Telling]
    missing: frozenset[Telling]
    stray: frozenset[Telling]
    worked_twice: frozenset[str]

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.missing or self.stray or self.worked_twice)


def judge(
    *,
    accepted: Set[str],
    states: Mapping[str, str],
    reached: Set[Telling],
    told: Counter[Telling],
    works: Counter[str],
) -> Verdict:
    """`accepted` are the jobs whose submit was answered 202, `states` all jobs of the table, `works` how often each was done.

    An outcome that stands in the table is to be told too, whatever the stream says of it.
    """
    standing = {(job_id, _TOLD_OF[state]) for job_id, state in states.items() if state in _TOLD_OF}
    due = reached | standing
    return Verdict(
        lost=frozenset(job_id for job_id in accepted | states.keys() if states.get(job_id) not in TERMINAL),
        doubled=frozenset(telling for telling, times in told.items() if times > 1),
        missing=frozenset(due - told.keys()),
        stray=frozenset(told.keys() - due),
        worked_twice=frozenset(job_id for job_id, times in works.items() if times > 1),
    )
