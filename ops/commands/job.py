"""`sorami job ID`: one job, where it stands, what it went through and its images."""

from typing import Annotated, Any

import typer

from ops.commands.jobs import job_values
from ops.history import Mark, logged_of, marks_of
from ops.options import DEFAULT_STACK, AsJson, StackName
from ops.prospects import NextLook, Prospect, end_of, patience_of, prospect_of
from ops.reading import find_job, notification_of
from ops.showing import Column, print_heading, print_json, print_pairs, print_table, printable, state_text, tell
from ops.spans import ago, moment
from ops.stack import place_of, tables_of
from sorami.feed import Notification
from sorami.jobs import Job, State
from sorami.times import iso, now

EXAMPLES = (
    "sorami job 01a20519-ab9e-7339-80c0-462877331fa4",
    "sorami job 01a20519-ab9e-7339-80c0-462877331fa4 --logs --stack sorami-prod",
    "sorami job 01a20519-ab9e-7339-80c0-462877331fa4 --json | jq .next",
)

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id.", show_default=False)]


def show_job(
    job_id: JobId,
    stack: StackName = DEFAULT_STACK,
    logs: Annotated[
        bool, typer.Option("--logs", help="Also what every function has logged of it, from CloudWatch Logs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """One job: where it stands, what reconcile will do about it and when, what it went through, its images.

    A job's item holds the last event of each kind; the states in between stand in the functions' logs alone (--logs), for as long
    as those are kept.
    """
    place = place_of(stack)
    tables = tables_of(place)
    job = find_job(tables, job_id)
    told = notification_of(tables, job)
    prospect = prospect_of(job, patience_of(place.parameters), now())
    marks = marks_of(job) + (logged_of(place.client("logs"), place.resources, job) if logs else [])
    marks.sort(key=lambda mark: mark.at)
    if as_json:
        print_json(_values(job, prospect, told, marks))
        return
    print_pairs(_facts(job))
    print_heading("Where it stands")
    for sentence in _standing(job, prospect, told):
        tell(sentence)
    print_heading("What it went through")
    print_table(
        [Column("time", "keep"), Column("by", "keep"), Column("what")],
        [[moment(mark.at), mark.by, printable(mark.what)] for mark in marks],
    )
    if job.images:
        print_heading("Images")
        _print_images(job)


def _facts(job: Job) -> list[tuple[str, Any]]:
    order = job.order
    asked = f"{order.num_images} × {order.size} {order.format}, {order.style}, {order.quality}"
    facts: list[tuple[str, Any]] = [
        ("job", job.job_id),
        ("status", state_text(job.state, job.progress)),
        ("message", job.message),
        ("error", f"{job.error_code}" if job.error_code else ""),
        ("user", f"{job.user_id}{f' of {job.org_id}' if job.org_id else ''}"),
        ("prompt", " ".join(order.prompt.split())),
        ("asked for", asked),
        ("input", order.input_image_url or ""),
        ("model", (job.metadata and job.metadata.model_name) or ""),
        ("version", str(job.version)),
    ]
    return [(name, value) for name, value in facts if value]


def _standing(job: Job, prospect: Prospect | None, told: Notification | None) -> list[str]:
    if prospect is None:
        return [end_of(job), *_told(job, told)]
    at = now()
    when = (
        "at its next run (it is due)" if prospect.look_at <= at else f"at {moment(prospect.look_at)}, {ago(prospect.look_at, at)}"
    )
    match prospect.look:
        case NextLook.PUTS_OFF:
            does = "puts the next look off, since it was heard of lately"
        case NextLook.ASKS:
            does = "asks its backend: takes over what was not reported, or submits it again if it is not known there"
        case NextLook.ENDS:
            does = f"asks its backend for the last time: without an answer that helps it ends as FAILED ({prospect.error_code})"
    sentences = [f"If nothing is heard, reconcile looks {when}, and {does}."]
    if prospect.after:
        sentences.append(f"The look after that is at {moment(prospect.after)}.")
    if prospect.look is not NextLook.ENDS:
        sentences.append(
            f"If its backend stays silent, waiting ends at {moment(prospect.ends_at)} (FAILED, {prospect.error_code})."
        )
    return sentences


def _told(job: Job, told: Notification | None) -> list[str]:
    if told:
        return [f"Its user was told: {told.title} ({f'read {moment(told.read_at)}' if told.read_at else 'unread'})."]
    if job.imported:
        return ["It was imported from the former service, and of history nobody is told."]
    if job.state is State.CANCELLED:
        return ["Of a cancelled job nobody is told."]
    return ["Its user has not been told yet. If that stays so: sorami parked list, and notify's log."]


def _print_images(job: Job) -> None:
    """Their folder once, if they share one, as they do in the images bucket."""
    images = job_values(job)["images"]
    folders = {one["location"].rpartition("/")[0] for one in images}
    if len(folders) == 1:
        tell(f"in {next(iter(folders))}/")
    rows = [
        [
            one["location"].rpartition("/")[2] if len(folders) == 1 else one["location"],
            one["format"],
            one["dimensions"],
            f"{one['size_bytes']:,}" if one["size_bytes"] else "",
            one["copy_error"] or "",
        ]
        for one in images
    ]
    columns = [Column("image"), Column("format", "keep"), Column("size", "keep"), Column("bytes", "keep", "right")]
    if any(row[-1] for row in rows):
        print_table([*columns, Column("not copied because")], rows)
    else:
        print_table(columns, [row[:-1] for row in rows])


def _values(job: Job, prospect: Prospect | None, told: Notification | None, marks: list[Mark]) -> dict[str, Any]:
    return {
        **job_values(job),
        "next": None
        if prospect is None
        else {
            "look_at": iso(prospect.look_at),
            "look": prospect.look,
            "after": iso(prospect.after) if prospect.after else None,
            "ends_at": iso(prospect.ends_at),
            "error_code": prospect.error_code,
        },
        "deadline_passed": job.deadline_passed,
        "notification": {"id": told.id, "type": told.type, "read_at": iso(told.read_at) if told.read_at else None}
        if told
        else None,
        "history": [{"at": iso(mark.at), "by": mark.by, "what": mark.what} for mark in marks],
    }
