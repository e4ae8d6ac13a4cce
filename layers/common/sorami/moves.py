"""An event as a DynamoDB update and the condition under which it may happen, both derived from `jobs.TRANSITIONS`."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sorami.items import images_to_values
from sorami.jobs import (
    ONLY_AFTER_DEADLINE,
    Cancelled,
    Completed,
    Failed,
    JobEvent,
    Progressed,
    pending_copies,
    states_before,
    target_state,
)
from sorami.values import dataclass

COMPLETE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A DynamoDB expression with its placeholders; `values` are plain Python values."""

    expression: str
    names: Mapping[str, str]
    values: Mapping[str, Any]


def condition_of(event: JobEvent, *, seen_version: int | None = None, claimed_until: datetime | None = None) -> Expression:
    """True for exactly those jobs that the event may change; where they are given, only in that version, and only while the
    next look is due then."""
    target = target_state(event)
    names = {"#status": "status"}
    values: dict[str, Any] = {}

    # A missing job has no status, so every clause below is false for it: nothing is ever created by an event.
    free = [state for state in states_before(target) if (state, target) not in ONLY_AFTER_DEADLINE]
    values |= {f":from_{state}": state for state in free}
    allowed = [f"#status IN ({', '.join(f':from_{state}' for state in free)})"]

    for origin, entered in ONLY_AFTER_DEADLINE:
        if entered is target:
            names["#deadline_passed"] = "deadline_passed"
            values[f":from_{origin}"] = origin
            allowed.append(f"(#status = :from_{origin} AND attribute_exists(#deadline_passed))")

    expression = " OR ".join(allowed)
    if isinstance(event, Progressed):
        expression = f"({expression}) AND {_progress_rises(event, names, values)}"
    if isinstance(event, Cancelled):
        names["#user_id"] = "user_id"
        values[":by"] = event.by
        expression = f"({expression}) AND #user_id = :by"
    if seen_version is not None:
        names["#version"] = "version"
        values[":seen_version"] = seen_version
        expression = f"({expression}) AND #version = :seen_version"
    if claimed_until is not None:
        names["#due_at"] = "due_at"
        values[":claimed_until"] = claimed_until
        expression = f"({expression}) AND #due_at = :claimed_until"
    return Expression(expression=expression, names=names, values=values)


def _progress_rises(event: Progressed, names: dict[str, str], values: dict[str, Any]) -> str:
    """Progress never falls, and within one state it has to rise: otherwise the event is a duplicate."""
    names["#progress"] = "progress"
    values |= {":reported": event.progress}
    return f"(#progress < :reported OR (#status <> :from_{event.state} AND #progress = :reported))"


def update_of(event: JobEvent, at: datetime, *, writer: str) -> Expression:
    """What the event changes. In a terminal state the keys of the sparse index `open` go. `writer` names this very write."""
    changes: dict[str, Any] = {"status": target_state(event), "updated_at": at, "writer": writer}
    removed: list[str] = []
    match event:
        case Progressed():
            changes |= {"progress": event.progress, "message": event.message}
            removed = ["looks", "watched_since"]
        case Completed():
            changes |= {
                "progress": COMPLETE,
                "message": event.message,
                "images": images_to_values(event.images),
                "copies_pending": len(pending_copies(event.images)) or None,  # there only where ingest has work: its filter
                "metadata": asdict(event.metadata) if event.metadata else None,
                "generated_at": event.generated_at,
                "finished_at": at,
                "completed_at": at,
            }
            removed = ["error", "error_code", "deadline_passed"]
        case Failed():
            changes |= {"message": event.error, "error": event.error, "error_code": event.error_code, "finished_at": at}
            changes |= {"deadline_passed": True} if event.deadline_passed else {}
        case Cancelled():
            changes |= {"message": event.message, "finished_at": at}
    if changes["status"].is_terminal:
        removed += ["open_user", "due_at"]
    return _expression(
        {name: value for name, value in changes.items() if value is not None}, removed, completed=isinstance(event, Completed)
    )


def _expression(changes: Mapping[str, Any], removed: list[str], *, completed: bool) -> Expression:
    names = {f"#{name}": name for name in [*changes, *removed, "version"]}
    values = {f":{name}": value for name, value in changes.items()} | {":one": 1}
    # A plain sum, not ADD, is safe here: a retry of the SDK meets its own write and fails the condition.
    assignments = [f"#{name} = :{name}" for name in changes] + ["#version = #version + :one"]
    if completed:
        # The key of the sparse index `finished` is the owner, copied by DynamoDB: the sender is never asked whose job it is.
        names |= {"#gallery_user": "gallery_user", "#user_id": "user_id"}
        assignments.append("#gallery_user = #user_id")
    expression = f"SET {', '.join(assignments)}"
    if removed:
        expression += f" REMOVE {', '.join(f'#{name}' for name in removed)}"
    return Expression(expression=expression, names=names, values=values)
