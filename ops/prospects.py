"""What lies before a job: what reconcile will do about it next, and when. It asks the very rules by which reconcile acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reconcile.patience import Patience, was_heard
from sorami.jobs import ErrorCode, Job, State, pending_copies


class NextLook(StrEnum):
    """What a look comes to, if nothing is heard of the job before."""

    PUTS_OFF = "puts_off"
    """It was heard of lately, so that nobody is asked."""

    ASKS = "asks"
    """Its backend is asked, gets it again if it does not know it, and is waited for."""

    ENDS = "ends"
    """Its backend is asked for the last time."""


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """Of an open job. `look_at` is the earliest time of the next look, `after` of the one after that; `ends_at` is when waiting
    is over if nothing is heard, and then the job fails with `error_code` at the next look."""

    look_at: datetime
    look: NextLook
    after: datetime | None
    ends_at: datetime
    error_code: ErrorCode


def patience_of(parameters: Mapping[str, str]) -> Patience:
    """By the stack's parameters."""

    def seconds(name: str) -> timedelta:
        return timedelta(seconds=float(parameters[name]))

    return Patience(
        first_look=seconds("FirstLookSeconds"),
        silence=seconds("SilenceSeconds"),
        deadline=seconds("JobDeadlineSeconds"),
        longest=seconds("LongestJobSeconds"),
    )


def prospect_of(job: Job, patience: Patience, now: datetime) -> Prospect | None:
    """None for a finished job."""
    if job.due_at is None:
        return None
    look_at = max(job.due_at, now)
    if patience.heard_lately(job, look_at):
        look, after = NextLook.PUTS_OFF, patience.look_after_news(job, job.updated_at)
    elif patience.is_over(job, look_at):
        look, after = NextLook.ENDS, None
    else:
        look, after = NextLook.ASKS, patience.next_look(job, look_at)
    wait = patience.silence if was_heard(job) else patience.deadline
    watched = job.watched_since or (after if look is NextLook.PUTS_OFF and after else look_at)
    return Prospect(
        look_at=look_at,
        look=look,
        after=after,
        ends_at=min(watched + wait, job.created_at + patience.longest),
        error_code=ErrorCode.TIMEOUT if was_heard(job) else ErrorCode.BACKEND_UNAVAILABLE,
    )


def end_of(job: Job) -> str:
    """What may still happen to a finished job."""
    match job.state:
        case State.FAILED if job.deadline_passed:
            return "It failed because nothing was heard in time: a result that comes late still counts, and is told."
        case State.FAILED:
            return "Final: its user may ask for the same again, as a new job."
        case State.COMPLETED if waiting := pending_copies(job.images):
            return f"Final; {len(waiting)} image(s) are still being copied from the backend's host."
        case _:
            return "Final."
