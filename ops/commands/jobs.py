"""`sorami jobs`: the latest jobs, and what happens to them while one watches."""

import sys
import time
from typing import Annotated, Any

import typer
from rich.text import Text

from ops.options import DEFAULT_STACK, AsJson, Rows, StackName
from ops.reading import SCAN_BOUND, Following, Wanted, latest_jobs
from ops.showing import Column, console, is_wide, one_line, print_json, print_json_line, print_table, say, shortened, state_text
from ops.spans import moment, moment_since, span
from ops.stack import place_of, tables_of
from sorami.jobs import TERMINAL_STATES, Job, S3Ref, State
from sorami.times import now
from sorami.wire.render import status_answer

EXAMPLES = (
    "sorami jobs --status open",
    "sorami jobs --status FAILED --since 2h --stack sorami-prod",
    "sorami jobs --user user_1 --json",
    "sorami jobs --follow",
)

LONGEST_USER = 24
"""Characters of a user's name in a table; the whole is in the JSON."""

_OPEN = "open"


def show_jobs(
    *,
    stack: StackName = DEFAULT_STACK,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATE", help="Only jobs in this state, or open: not finished. May be given again."),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="SUB", help="Only this user's, by the sub of their tokens.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="Only jobs made since then: 90s, 15min, 2h, 7d, or an ISO 8601 time."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many, at most.")] = 20,
    rows: Rows = SCAN_BOUND,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on and show each change, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option("--every", min=0.2, metavar="SECONDS", help="How often --follow looks.")] = 2.0,
    as_json: AsJson = False,
) -> None:
    """The latest jobs, newest first.

    One user's jobs and open jobs are found however many there are; for the rest the table is looked through, as far as --rows
    says. With --follow and --json each change is one line of JSON.
    """
    try:
        wanted = Wanted(
            states=states_of(status or []),
            user_id=user,
            since=moment_since(since, now()) if since else None,
            count=limit,
            rows=rows,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    tables = tables_of(place_of(stack))
    if follow:
        _follow(Following(tables, wanted), every, as_json=as_json)
        return
    jobs, whole = latest_jobs(tables, wanted)
    if as_json:
        print_json([job_values(job) for job in jobs])
    elif jobs:
        _print_jobs(jobs)
    else:
        say("No jobs yet." if wanted == Wanted(count=limit, rows=rows) else "No such jobs.")
    admit_bound(rows, whole=whole)


def states_of(words: list[str]) -> frozenset[State]:
    """The states in any case, and `open` for all those in which a job is not finished. Raises ValueError."""
    found: set[State] = set()
    for word in words:
        if word.lower() == _OPEN:
            found |= set(State) - TERMINAL_STATES
        elif word.upper() in State:
            found.add(State(word.upper()))
        else:
            raise ValueError(f"{word!r} is no state: {', '.join(State)}, or open")
    return frozenset(found)


def _print_jobs(jobs: list[Job]) -> None:
    at = now()
    rows: list[list[str | Text]]
    if is_wide():
        columns = [Column("job", "keep"), Column("user", "keep"), Column("status", "keep"), Column("created", "keep")]
        rows = [
            [
                job.job_id,
                shortened(one_line(job.user_id), LONGEST_USER),
                _state(job),
                moment(job.created_at),
                one_line(job.order.prompt),
            ]
            for job in jobs
        ]
    else:
        columns = [Column("job", "keep"), Column("status", "keep"), Column("age", "keep")]
        rows = [[job.job_id, _state(job), span(at - job.created_at), one_line(job.order.prompt)] for job in jobs]
    print_table([*columns, Column("prompt", "cut")], rows)


def _state(job: Job) -> Text:
    return state_text(job.state, None if job.state.is_terminal else job.progress)


def _follow(following: Following, every: float, *, as_json: bool) -> None:
    if not as_json:
        console(stderr=True).print(f"Looking every {every:g} s; Ctrl-C ends it.", style="dim")
    while True:
        for job in following.look():
            if as_json:
                print_json_line(job_values(job))
            else:
                _print_change(job)
        time.sleep(every)


def _print_change(job: Job) -> None:
    end = f" ({job.error_code})" if job.error_code else ""
    line = Text.assemble(moment(job.updated_at)[11:], "  ", job.job_id, "  ", _state(job), end)
    if is_wide():
        line.append(f"  {one_line(job.user_id)}  {one_line(job.message)}")
    line.truncate(console().width, overflow="ellipsis")
    console().print(line)
    sys.stdout.flush()


def job_values(job: Job) -> dict[str, Any]:
    """A job as programs get it: what the API says of it, and what only operators see."""
    images = [
        {
            "location": f"s3://{image.location.bucket}/{image.location.key}"
            if isinstance(image.location, S3Ref)
            else image.location.url,
            "format": image.format,
            "dimensions": f"{image.width}x{image.height}",
            "size_bytes": image.size_bytes,
            "copy_error": image.copy_error,
        }
        for image in job.images
    ]
    asked = {"num_images": job.order.num_images, "size": job.order.size, "format": job.order.format, "style": job.order.style}
    return {
        **status_answer(job),
        "user_id": job.user_id,
        "prompt": job.order.prompt,
        **asked,
        "version": job.version,
        "model": job.metadata.model_name if job.metadata else None,
        "images": images,
    }


def admit_bound(rows: int, *, whole: bool) -> None:
    if not whole:
        sentence = (
            f"Only {rows} rows were looked at, and there are more: --rows looks further; --user and --status open find all."
        )
        console(stderr=True).print(sentence, style="yellow", soft_wrap=True)
