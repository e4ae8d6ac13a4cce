"""`make jobs`, `make job ID=…`, `make notifications [SUB=…]`: tables for people, JSON with `--json`."""

import argparse
import json
import os
import sys
from collections.abc import MutableMapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoRegionError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.failures import LocalFailure
from ops.reading import SCAN_BOUND, find_job, latest_jobs, latest_notifications
from ops.stack import tables_of
from sorami.errors import JobNotFound
from sorami.feed import Notification
from sorami.jobs import Job, S3Ref
from sorami.times import iso
from sorami.wire.render import notification_answer, status_answer

_PROMPT_WIDTH = 60


def main() -> int:
    asked = _arguments()
    try:
        adopt_region(os.environ)
        tables = tables_of(asked.stack)
        match asked.what:
            case "jobs":
                _show_jobs(*latest_jobs(tables, asked.count), as_json=asked.json)
            case "job":
                _show_job(find_job(tables, asked.id), as_json=asked.json)
            case "notifications":
                _show_notifications(*latest_notifications(tables, asked.sub, asked.count), as_json=asked.json)
    except JobNotFound:
        return _sorry(f"There is no job {asked.id!r} in this stack.")
    except NoRegionError:
        return _sorry(
            "In which region is the stack? Set AWS_REGION, for example: AWS_REGION=eu-west-3 make jobs STACK=sorami-dev"
        )
    except (LocalFailure, ClientError, BotoCoreError) as error:
        return _sorry(str(error))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.inspect", description=__doc__)
    parser.add_argument("--stack", help="name of a deployed CloudFormation stack (default: the local stack)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    questions = parser.add_subparsers(dest="what", required=True)
    jobs = questions.add_parser("jobs", help="the latest jobs of all users")
    jobs.add_argument("--count", type=int, default=5)
    questions.add_parser("job", help="one job with its images").add_argument("id")
    notifications = questions.add_parser("notifications", help="the latest notifications")
    notifications.add_argument("--sub", help="of this user only")
    notifications.add_argument("--count", type=int, default=20)
    return parser.parse_args()


def adopt_region(environment: MutableMapping[str, str]) -> None:
    """boto3 reads AWS_DEFAULT_REGION only; what people and other AWS tools set is AWS_REGION, and it wins as it does there."""
    if region := environment.get("AWS_REGION"):
        environment["AWS_DEFAULT_REGION"] = region


def _sorry(text: str) -> int:
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, style="red", markup=False)
    return 1


def _show_jobs(jobs: list[Job], whole: bool, *, as_json: bool) -> None:  # the pair that latest_jobs returns
    if as_json:
        _print_json([_job_values(job) for job in jobs])
        return
    rows = [[job.job_id, _shortened(job.order.prompt), job.state, f"{job.progress} %", iso(job.created_at)] for job in jobs]
    _print_rows(["id", "prompt", "status", "progress", "created"], rows, nothing="No jobs yet.")
    _admit_bound(whole=whole)


def _show_job(job: Job, *, as_json: bool) -> None:
    values = _job_values(job)
    if as_json:
        _print_json(values)
        return
    images = values.pop("images")
    _print_table(["field", "value"], [[name, str(value)] for name, value in values.items()])
    rows = [[image["location"], image["format"], image["dimensions"], str(image["size_bytes"] or "")] for image in images]
    _print_table(["image", "format", "dimensions", "bytes"], rows)


def _show_notifications(found: list[Notification], whole: bool, *, as_json: bool) -> None:  # as above
    if as_json:
        _print_json([{"user_id": one.user_id, **notification_answer(one)} for one in found])
        return
    rows = [
        [one.user_id, one.type, one.title, "yes" if one.read_at else "no", iso(one.created_at), one.metadata["generationId"]]
        for one in found
    ]
    _print_rows(["user", "type", "title", "read", "created", "job"], rows, nothing="No notifications yet.")
    _admit_bound(whole=whole)


def _job_values(job: Job) -> dict[str, Any]:
    images = [
        {
            "location": f"s3://{image.location.bucket}/{image.location.key}"
            if isinstance(image.location, S3Ref)
            else image.location.url,
            "format": image.format,
            "dimensions": f"{image.width}x{image.height}",
            "size_bytes": image.size_bytes,
        }
        for image in job.images
    ]
    asked = {"num_images": job.order.num_images, "size": job.order.size, "format": job.order.format, "style": job.order.style}
    model = job.metadata.model_name if job.metadata else None
    return {
        **status_answer(job),
        "user_id": job.user_id,
        "prompt": job.order.prompt,
        **asked,
        "version": job.version,
        "model": model,
        "images": images,
    }


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _PROMPT_WIDTH else line[: _PROMPT_WIDTH - 1] + "…"


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _print_rows(titles: list[str], rows: list[list[str]], *, nothing: str) -> None:
    if rows:
        _print_table(titles, rows)
    else:
        sys.stdout.write(f"{nothing}\n")


def _print_table(titles: list[str], rows: list[list[str]]) -> None:
    table = Table()
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text("".join(character if character.isprintable() else "·" for character in cell)) for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(table)


def _admit_bound(*, whole: bool) -> None:
    if not whole:
        Console(soft_wrap=True).print(f"Only the first {SCAN_BOUND} rows of the table were looked at.")


if __name__ == "__main__":
    raise SystemExit(main())
