"""`sorami webhook send`: reports in a backend's place, with proof and in shape, and says what the service makes of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

import typer

from ops.exits import Exit
from ops.options import DEFAULT_STACK, AsJson, DryRun, StackName, Yes, add, ask_before, examples, say_dry_run
from ops.reading import find_job
from ops.reporting import MOST_IMAGES, OUTCOMES, Picture, Reported, draw_images, event_of, send_report
from ops.showing import print_json, say
from ops.stack import place_of, reception_of
from sorami.jobs import ErrorCode, State

app = typer.Typer(
    help="Reports in the generation backend's place.",
    no_args_is_help=True,
    epilog=examples("sorami webhook send 01a20519-ab9e-7339-80c0-462877331fa4 generating --progress 60"),
)


_NEVER_COMPLETED = frozenset({State.COMPLETED, State.CANCELLED})  # whatever is reported of such a job; a timeout may be mended


def send(
    *,
    job_id: Annotated[str, typer.Argument(metavar="JOB", help="The job's id.", show_default=False)],
    status: Annotated[
        Reported, typer.Argument(metavar="STATUS", case_sensitive=False, help="What is reported.", show_default=False)
    ],
    progress: Annotated[int | None, typer.Option("--progress", min=0, max=100, help="Without it the state's own.")] = None,
    error: Annotated[str | None, typer.Option("--error", metavar="TEXT", help="Of a failure: what its user reads.")] = None,
    code: Annotated[ErrorCode | None, typer.Option("--code", help="Of a failure; internal if not said.")] = None,
    images: Annotated[int, typer.Option("--images", min=1, max=MOST_IMAGES, help="Of a result: how many.")] = 1,
    stack: StackName = DEFAULT_STACK,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Sends one report, as the backend would: with the webhook's secret and a signature, so that any WebhookAuth takes it.

    A result comes with plain pictures, which are stored first, beside any of the backend's. Exit code 0 when the service has
    taken the report, applied or not; 3 when it knows no such job, 4 when it refuses the report.
    """
    _check(status, progress, error, code)
    place = place_of(stack)
    reception = reception_of(place)
    pictures: list[Picture] = []
    is_over = False
    if status is Reported.COMPLETED:
        job = find_job(reception.tables, job_id)
        pictures, is_over = draw_images(job, images, reception.images_bucket), job.state in _NEVER_COMPLETED
    reported = [one.reported for one in pictures]
    event = event_of(job_id, status, progress=progress, error=error, code=code, images=reported)
    deed = f"Reports {status} of job {job_id} to {place.shown}" + (f", with {len(pictures)} picture(s)." if pictures else ".")
    if dry_run:
        if not as_json:
            say_dry_run(deed)
        print_json({"dry_run": True, "event": event} if as_json else event)
        return
    ask_before(f"{deed} Go on?", yes=yes)
    _show(*send_report(reception, event, [] if is_over else pictures), event=event, as_json=as_json)


def _check(status: Reported, progress: int | None, error: str | None, code: ErrorCode | None) -> None:
    if progress is not None and status in OUTCOMES:
        raise typer.BadParameter("--progress goes with pending, initializing, generating or saving")
    if (error or code) and status is not Reported.FAILED:
        raise typer.BadParameter("--error and --code go with failed")


def _show(status: int, said: Mapping[str, Any], *, event: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json({"dry_run": False, "event": event, "http_status": status, "answer": said})
    else:
        style = "green" if said.get("applied") else "yellow" if said.get("success") else "red"
        say(_in_words(status, said), style)
        print_json(said)
    if status != HTTPStatus.OK:
        raise typer.Exit(Exit.NOT_THERE if status == HTTPStatus.NOT_FOUND else Exit.REFUSED)


def _in_words(status: int, said: Mapping[str, Any]) -> str:
    if said.get("applied"):
        return f"{status}: applied, the job has changed."
    if said.get("success"):
        return f"{status}: taken, and nothing changed: the job stands at {said.get('status')}."
    return f"{status}: not taken ({said.get('detail') or said.get('message') or 'no reason was given'})."


add(
    app,
    "send",
    send,
    "sorami webhook send 01a20519-ab9e-7339-80c0-462877331fa4 generating --progress 60",
    "sorami webhook send 01a20519-ab9e-7339-80c0-462877331fa4 completed --images 2 --dry-run",
    "sorami webhook send 01a20519-ab9e-7339-80c0-462877331fa4 failed --code content_moderated --error 'Contenu refusé'",
)
