"""`sorami cost`: what a stack's jobs cost, and what a month of them will."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Final

import typer

from benchmarks.cost.model import Course
from benchmarks.prices import AS_OF, REGION
from ops.commands.jobs import admit_bound
from ops.costing import average_course, model, states_of
from ops.options import DEFAULT_STACK, AsJson, Rows, StackName
from ops.reading import SCAN_BOUND, Wanted, latest_jobs
from ops.showing import Column, print_json, print_table, say, tell
from ops.stack import Place, place_of, tables_of
from sorami.jobs import Job
from sorami.times import now

EXAMPLES = (
    "sorami cost",
    "sorami cost --days 30 --stack sorami-prod",
    "sorami cost --jobs-per-second 5 --polling",
    "sorami cost --json",
)

_MONTH_SECONDS: Final = 30 * 24 * 3600
_DAY_SECONDS: Final = 24 * 3600
_MILLION: Final = 1_000_000
_TEN_CENTS: Final = 0.1
_LEFT_OUT: Final = (
    "Not in it: the generation itself, sending images to browsers, uploads, refused and repeated requests, reading the gallery, "
    "reconcile, and some tens of dollars a month for secrets, alarms and metrics."
)


def show_cost(
    *,
    stack: StackName = DEFAULT_STACK,
    days: Annotated[float, typer.Option("--days", min=0.01, metavar="N", help="Jobs made in the last so many days.")] = 7.0,
    jobs_per_second: Annotated[
        float | None,
        typer.Option("--jobs-per-second", min=0.0, metavar="N", help="A month at this rate, instead of the one that was seen."),
    ] = None,
    polling: Annotated[
        bool, typer.Option("--polling", help="Pages ask for a status every 2 s; without it they are connected.")
    ] = False,
    rows: Rows = SCAN_BOUND,
    as_json: AsJson = False,
) -> None:
    """An estimate of what the stack's jobs cost, by line item, and of a month.

    It counts the jobs in the table and looks at each one's reports, images and size; the rest is the model of docs/cost.md, with
    list prices of one region. It is no bill: that is in AWS's Cost Explorer.

    Where the stack has no jobs in that time, the job of docs/cost.md stands for them.
    """
    place, prices = place_of(stack), model()
    found, whole = latest_jobs(tables_of(place), Wanted(since=now() - timedelta(days=days), count=rows, rows=rows))
    jobs = [job for job in found if not job.imported]
    course = average_course(jobs, prices, polling=polling, now=now())
    seen = len(jobs) / (days * _DAY_SECONDS)
    rate = seen if jobs_per_second is None else jobs_per_second
    one = prices.dollars(course)
    columns = {"jobs": len(jobs), "million": _MILLION, "month": rate * _MONTH_SECONDS}
    dollars = {name: {item: value * number for item, value in one.items()} for name, number in columns.items()}
    if as_json:
        print_json(
            {
                "stack": place.stack_name,
                "days": days,
                "jobs": len(jobs),
                "whole": whole,
                "states": states_of(jobs),
                "average": asdict(course),
                "jobs_per_second": rate,
                "seen_jobs_per_second": seen,
                "prices": {"as_of": AS_OF, "region": REGION},
                "dollars": {name: items | {"together": sum(items.values())} for name, items in dollars.items()},
            }
        )
    else:
        _print(place, jobs, days, course)
        _print_dollars(dollars, jobs_per_second, has_jobs=bool(jobs))
        tell(f"List prices of {REGION} as of {AS_OF}, without free tiers: benchmarks/prices.py. {_LEFT_OUT}")
    admit_bound(rows, whole=whole)


def _print(place: Place, jobs: Sequence[Job], days: float, course: Course) -> None:
    say(_headline(place, jobs, days))
    page = f"{course.polls:.1f} polls of its status" if course.polls else "a page that is connected"
    images = f"{course.images:.1f} images ({course.gigabytes * 1000:.2f} MB)"
    each = "On average each has" if jobs else "It has"
    tell(f"{each} {course.reports:.1f} reports, {images}, {course.write_units:.1f} write units, {page}.")


def _headline(place: Place, jobs: Sequence[Job], days: float) -> str:
    time = "a day" if days == 1 else f"{days:g} days"
    if not jobs:
        return f"No jobs of {place.shown} in {time}: the measured job of docs/cost.md stands for them."
    states = ", ".join(f"{number} {state}" for state, number in states_of(jobs).items())
    local = " Here they cost nothing; this is what they would on AWS." if place.local else ""
    return f"{len(jobs):,} jobs of {place.shown} in {time}: {states}.{local}"


def _print_dollars(dollars: Mapping[str, Mapping[str, float]], given: float | None, *, has_jobs: bool) -> None:
    """`given`: jobs a second that were asked about."""
    titles = {
        "jobs": "these jobs",
        "million": "a million",
        "month": f"a month at {given:g} jobs/s" if given else "a month like these",
    }
    shown = [name for name in dollars if name == "million" or has_jobs or (name == "month" and given)]
    columns = [Column("dollars", "keep"), *(Column(titles[name], "keep", "right") for name in shown)]
    lines: list[list[Any]] = [[item, *(_amount(dollars[name][item]) for name in shown)] for item in dollars["million"]]
    lines.append(["together", *(_amount(sum(dollars[name].values())) for name in shown)])
    print_table(columns, lines)


def _amount(dollars: float) -> str:
    """To the cent, and less than ten of them to a millionth of a dollar: a few jobs cost parts of a cent."""
    return f"{dollars:,.2f}" if dollars >= _TEN_CENTS or not dollars else f"{dollars:.6f}"
