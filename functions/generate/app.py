"""`POST /api/images/generate`."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import Any

from generate.submission import Submission
from sorami.artifacts import Artifacts
from sorami.backend import Backend, session
from sorami.clients import client
from sorami.events import Event, Response, answer, caller, parse_body
from sorami.observability import instrumented
from sorami.problems import answers_problems
from sorami.secrets import SecretReader
from sorami.settings import CommonSettings, load
from sorami.store import JobStore
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
    webhook_url: str = ""


@cache
def submission() -> Submission:
    """Everything that submitting needs, put together once per worker."""
    settings = load(Settings)
    secret = SecretReader(client("secretsmanager"), settings.secret_id)
    return Submission(
        jobs=JobStore(client("dynamodb"), settings.jobs_table),
        artifacts=Artifacts(client("s3"), settings.images_bucket),
        backend=Backend(settings.backend_url, lambda: secret.values().get("backend_api_key", ""), session()),
        first_look=timedelta(seconds=float(settings.first_look_seconds)),
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
    request = parse_body(GenerateRequest, event, load(Settings).locale)
    job = submission().submit_job(request.order(), user_id=user.user_id, org_id=user.org_id, webhook_url=webhook_url(event))
    accepted: Accepted = {
        "job_id": job.job_id,
        "status": job.state,
        "message": job.message,
        "created_at": iso(job.created_at),
    }
    return answer(HTTPStatus.ACCEPTED, accepted, {"location": f"/api/images/{job.job_id}/status"})
