"""The schedule, every minute."""

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict

from reconcile.patience import Patience
from reconcile.reconciliation import Reconciliation
from reconcile.sweep import sweep_due_jobs
from sorami.artifacts import Artifacts, ReferencePolicy, places_of
from sorami.clients import client, later
from sorami.observability import instrumented, logger
from sorami.presigning import presigner
from sorami.secrets import SecretReader
from sorami.settings import CommonSettings, load
from sorami.starting import ready
from sorami.store import JobStore
from sorami.times import now
from sorami.values import dataclass

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from sorami.backend import Backend

RESERVE_MS = 60_000
"""No job is begun with less time left: two answers of the backend and five of AWS may be waited for, for 8 s each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    jobs_table: str
    images_bucket: str
    secret_id: str
    backend_url: str
    webhook_url: str
    first_look_seconds: str
    silence_seconds: str
    job_deadline_seconds: str
    longest_job_seconds: str
    jobs_per_run: str
    extra_image_arns: str = ""
    aws_endpoint_url: str = ""


class Report(TypedDict):
    jobs: int
    failures: int
    is_cut: bool


@cache
def backend() -> "Backend":
    """With it comes requests, which a run that finds nothing due has no use for, and most find nothing."""
    from sorami.backend import Backend, session  # noqa: PLC0415

    settings = load(Settings)
    secret = SecretReader(later(lambda: client("secretsmanager")), settings.secret_id)
    return Backend(settings.backend_url, lambda: secret.values().get("backend_api_key", ""), session())


@cache
def reconciliation() -> Reconciliation:
    """Everything that reconciling needs, put together once per worker."""
    settings = load(Settings)
    return Reconciliation(
        jobs=JobStore(client("dynamodb"), settings.jobs_table),
        backend=later(backend),
        artifacts=Artifacts(later(presigner), settings.images_bucket),
        policy=ReferencePolicy(
            images_bucket=settings.images_bucket,
            other_places=places_of(settings.extra_image_arns),
            backend_url=settings.backend_url,
            s3_endpoint=settings.aws_endpoint_url,
        ),
        patience=Patience(
            first_look=_seconds(settings.first_look_seconds),
            silence=_seconds(settings.silence_seconds),
            deadline=_seconds(settings.job_deadline_seconds),
            longest=_seconds(settings.longest_job_seconds),
        ),
        webhook_url=settings.webhook_url,
        locale=settings.locale,
        clock=now,
    )


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=float(text))


@instrumented
def handler(_event: dict[str, Any], context: "LambdaContext") -> Report:
    story = reconciliation()
    swept = sweep_due_jobs(
        lambda segment, segments: story.jobs.due_job_ids(now(), segment=segment, segments=segments),
        story.reconcile_job,
        has_time=lambda: context.get_remaining_time_in_millis() > RESERVE_MS,
        max_jobs=int(load(Settings).jobs_per_run),
    )
    report: Report = {"jobs": swept.jobs, "failures": swept.failures, "is_cut": swept.is_cut}
    if swept.jobs:
        logger.info("swept", extra=dict(report))
    return report


ready(reconciliation)
