"""What an operator may do to a job: have it looked at now, or end it. Both by the store's own conditional writes, in the version
that was seen, so that whatever happens to the job meanwhile wins."""

from datetime import datetime

from ops.exits import Refused
from ops.spans import ago
from reconcile.patience import Patience
from sorami.jobs import ErrorCode, Failed, Job, State
from sorami.store import JobStore
from sorami.texts import text
from sorami.tombstones import is_refused

_FINISHED = {
    State.COMPLETED: "It is COMPLETED: there is nothing to do.",
    State.CANCELLED: "Its user has cancelled it, and a cancelled job never comes back.",
}


def check_open(job: Job) -> None:
    """Raises Refused for a finished job, with the reason: no state leads out of an end."""
    if not job.state.is_terminal:
        return
    if job.state in _FINISHED:
        raise Refused(_FINISHED[job.state])
    if job.deadline_passed:
        raise Refused(
            f"It is FAILED ({job.error_code}) and told. A late result of its backend still counts; only its user can ask anew."
        )
    reason = "the backend refused it for good" if is_refused(job) else f"it FAILED with {job.error_code}"
    raise Refused(f"That is final: {reason}, and its user was told. Only its user can ask again, as a new job.")


def check_retry(job: Job, patience: Patience, now: datetime) -> bool:
    """Whether a write is needed: False if the job is due already. Raises Refused where a look would change nothing."""
    check_open(job)
    if job.due_at is not None and job.due_at <= now:
        return False
    if patience.heard_lately(job, now):
        raise Refused(
            f"It was heard of {ago(job.updated_at, now)}: reconcile asks only after {patience.first_look.total_seconds():g} s of"
            " silence. To end it all the same: sorami expire"
        )
    return True


def retry(store: JobStore, job: Job, now: datetime) -> None:
    """The job is due now: reconcile's next run asks its backend. Raises Refused."""
    if not store.bring_forward(job, next_look=now):
        raise _changed(store, job)


def expire(store: JobStore, job: Job, now: datetime, locale: str) -> Job:
    """Ends the job as reconcile would: FAILED, `timeout`, and a result that comes late still counts. Raises Refused, JobNotFound.

    The stream does the rest: its user is told once.
    """
    failure = Failed(error=text("failed.timeout", locale), error_code=ErrorCode.TIMEOUT, deadline_passed=True)
    outcome = store.apply(job.job_id, failure, now, seen_version=job.version)
    if not outcome.applied:
        raise _changed(store, job)
    return outcome.job


def _changed(store: JobStore, job: Job) -> Refused:
    stands = store.get(job.job_id)
    return Refused(f"It changed meanwhile and is {stands.state} {stands.progress} % now. Nothing was written: look again.")
