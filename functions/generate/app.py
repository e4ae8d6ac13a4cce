"""`POST /api/images/generate`."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import Any

from generate.recording import Recorder, Request
from generate.submission import Submission, Submitted
from sorami.artifacts import Artifacts
from sorami.backend import Backend, session
from sorami.clients import client
from sorami.events import Event, Response, answer, caller, header, parse_body
from sorami.idempotency import HEADER, REPLAYED, checked_key
from sorami.jobs import State
from sorami.observability import instrumented
from sorami.problems import answers_problems
from sorami.secrets import SecretReader
from sorami.settings import CommonSettings, load
from sorami.store import JobStore
from sorami.texts import text
from sorami.times import iso, now
from sorami.wire.answers import Accepted
from sorami.wire.requests import GenerateRequest

WEBHOOK_PATH = "/api/webhooks/image-completion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    jobs_table: str
    images_bucket: str
    secret_id: str
    backend_url: str
    first_look_seconds: str
    max_open_jobs_per_user: str
    webhook_url: str = ""


@cache
def submission() -> Submission:
    """Everything that submitting needs, put together once per worker."""
    settings = load(Settings)
    secret = SecretReader(client("secretsmanager"), settings.secret_id)
    jobs = JobStore(client("dynamodb"), settings.jobs_table)
    first_look = timedelta(seconds=float(settings.first_look_seconds))
    return Submission(
        jobs=jobs,
        recorder=Recorder(jobs=jobs, first_look=first_look, locale=settings.locale, clock=now),
        artifacts=Artifacts(client("s3"), settings.images_bucket),
        backend=Backend(settings.backend_url, lambda: secret.values().get("backend_api_key", ""), session()),
        max_open_jobs=int(settings.max_open_jobs_per_user),
        locale=settings.locale,
        clock=now,
    )


def webhook_url(event: Event) -> str:
    """The parameter, or else this API's own address: a template cannot name the API to a function that the API calls."""
    return load(Settings).webhook_url or f"https://{event['requestContext']['domainName']}{WEBHOOK_PATH}"


@instrumented
@answers_problems(lambda: load(Settings).locale)
def handler(event: Event, _context: Any) -> Response:
    user = caller(event)
    key = checked_key(header(event, HEADER))
    order = parse_body(GenerateRequest, event, load(Settings).locale).order()
    request = Request(order=order, user_id=user.user_id, org_id=user.org_id, key=key)
    submitted = submission().submit_job(request, webhook_url=webhook_url(event))
    headers = {
        "location": f"/api/images/{submitted.job.job_id}/status",
        **(submitted.quota.headers() if submitted.quota else {}),
        **(REPLAYED if submitted.replayed else {}),
    }
    return answer(HTTPStatus.ACCEPTED, _accepted(submitted), headers)


def _accepted(submitted: Submitted) -> Accepted:
    """A replay says again what was said at first, whatever has become of the job."""
    job = submitted.job
    return {
        "job_id": job.job_id,
        "status": State.PENDING if submitted.replayed else job.state,
        "message": text("job.accepted", load(Settings).locale) if submitted.replayed else job.message,
        "created_at": iso(job.created_at),
    }
