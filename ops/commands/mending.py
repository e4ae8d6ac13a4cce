"""`sorami retry ID` and `sorami expire ID`: a job is looked at now, or ended."""

from typing import Any

from ops import mending
from ops.commands.job import JobId
from ops.options import DEFAULT_STACK, AsJson, DryRun, StackName, Yes, ask_before, say_dry_run
from ops.prospects import NextLook, patience_of, prospect_of
from ops.reading import find_job
from ops.showing import print_json, say
from ops.spans import ago
from ops.stack import place_of, tables_of
from sorami.jobs import Job
from sorami.store import JobStore
from sorami.times import now

_ID = "01a20519-ab9e-7339-80c0-462877331fa4"
RETRY_EXAMPLES = (f"sorami retry {_ID} --dry-run", f"sorami retry {_ID} --yes --stack sorami-prod")
EXPIRE_EXAMPLES = (f"sorami expire {_ID} --dry-run", f"sorami expire {_ID} --yes --json")


def retry_job(
    job_id: JobId, stack: StackName = DEFAULT_STACK, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Has an open, silent job looked at now instead of when it is due.

    The job becomes due, by a conditional write in the version that was seen; reconcile's next run, within a minute, claims it and
    asks its backend first, as ever. So nothing is lost or doubled: a backend that has the job is not asked to make it again, one
    that does not know it gets it under the same id, and a result that was never reported is taken over.

    Its time of waiting begins with that look. If waiting is over already, the look ends the job unless its backend has a result.

    Refused (exit code 4): a finished job, since no state leads out of an end; its user can ask anew. A job that was heard of
    lately, since reconcile leaves those alone. A job that changed between the look and the write.
    """
    place = place_of(stack)
    tables = tables_of(place)
    job, at = find_job(tables, job_id), now()
    patience = patience_of(place.parameters)
    needed = mending.check_retry(job, patience, at)
    prospect = prospect_of(job, patience, at)
    ends = bool(prospect and prospect.look is NextLook.ENDS)
    deed = f"Reconcile looks at job {job_id} of {place.shown} now and asks its backend" + (
        ", for the last time: waiting is over." if ends else "."
    )
    if needed and not dry_run:
        ask_before(f"{deed} Go on?", yes=yes)
        mending.retry(JobStore(tables.client, tables.jobs), job, now())
    if as_json:
        print_json(_outcome("retry", job, written=needed and not dry_run, dry_run=dry_run))
    elif not needed:
        say(f"It is due already, since {ago(job.due_at or at, at)}: reconcile's next run looks at it. Nothing was written.")
    elif dry_run:
        say_dry_run(deed)
    else:
        say("It is due now: reconcile's next run, within a minute, asks its backend. How it goes:")
        say(f"sorami job {job_id}{place.option}")


def expire_job(
    job_id: JobId, stack: StackName = DEFAULT_STACK, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Ends an open job as FAILED (timeout), as reconcile does when it stops waiting.

    One conditional write in the version that was seen, by the rules of the state machine; its user is told once, by the stream,
    like of every end. Nobody has said that the job failed, so a result that its backend reports later still counts and is told.

    Refused (exit code 4): a finished job, and one that changed between the look and the write.
    """
    place = place_of(stack)
    tables = tables_of(place)
    job, at = find_job(tables, job_id), now()
    mending.check_open(job)
    deed = (
        f"Job {job_id} of {place.shown} ({job.state} {job.progress} %, last change {ago(job.updated_at, at)})"
        f" ends as FAILED (timeout), and {job.user_id} is told."
    )
    if dry_run:
        ended = job
    else:
        ask_before(f"{deed} Go on?", yes=yes)
        ended = mending.expire(JobStore(tables.client, tables.jobs), job, now(), place.parameters["Locale"])
    if as_json:
        print_json(_outcome("expire", ended, written=not dry_run, dry_run=dry_run))
    elif dry_run:
        say_dry_run(deed)
    else:
        say("It is FAILED (timeout), and its user is told. A result that comes late still counts.")


def _outcome(deed: str, job: Job, *, written: bool, dry_run: bool) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "deed": deed,
        "written": written,
        "dry_run": dry_run,
        "status": job.state,
        "progress": job.progress,
        "version": job.version,
    }
