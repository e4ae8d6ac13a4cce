"""`POST /api/webhooks/image-completion`."""

import json
import time
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from typing import Any

from sorami.artifacts import ReferencePolicy, places_of
from sorami.clients import client
from sorami.errors import InvalidRequest, PayloadTooLarge
from sorami.events import Event, Response, answer, headers, parse_body, raw_body
from sorami.jobs import State, is_job_id
from sorami.observability import count, instrumented, name_job
from sorami.problems import answers_problems
from sorami.secrets import SecretReader
from sorami.settings import CommonSettings, load
from sorami.starting import ready
from sorami.store import JobStore, Outcome
from sorami.texts import text
from sorami.times import now
from sorami.values import dataclass
from sorami.wire.answers import WebhookApplied, WebhookIgnored
from sorami.wire.webhook import WebhookEvent
from webhook.guard import check_sender
from webhook.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    jobs_table: str
    images_bucket: str
    secret_id: str
    backend_url: str
    webhook_auth: str
    extra_image_arns: str = ""
    aws_endpoint_url: str = ""


@cache
def recording() -> Recording:
    """Everything that recording needs, put together once per worker."""
    settings = load(Settings)
    return Recording(
        jobs=JobStore(client("dynamodb"), settings.jobs_table),
        policy=ReferencePolicy(
            images_bucket=settings.images_bucket,
            other_places=places_of(settings.extra_image_arns),
            backend_url=settings.backend_url,
            s3_endpoint=settings.aws_endpoint_url,
        ),
        locale=settings.locale,
        clock=now,
    )


@cache
def secret() -> SecretReader:
    return SecretReader(client("secretsmanager"), load(Settings).secret_id)


@instrumented
@answers_problems(lambda: load(Settings).locale)
def handler(event: Event, _context: Any) -> Response:
    began = time.perf_counter()
    check_sender(load(Settings).webhook_auth, headers(event), raw_body(event), secret())
    outcome = _record(event)
    content = _applied(outcome, began) if outcome.applied else _ignored(outcome)
    return answer(HTTPStatus.OK, content)


def _record(event: Event) -> Outcome:
    try:
        return recording().record_event(parse_body(WebhookEvent, event, load(Settings).locale))
    except (InvalidRequest, PayloadTooLarge) as refusal:  # the backend's own, by its proof: it says what nobody can store
        count("WebhooksInvalid")
        if isinstance(refusal, InvalidRequest):
            _name_job_of(raw_body(event))
        raise


def _name_job_of(content: bytes) -> None:
    """A report that cannot be taken may still say whose it is, and then the log does too."""
    with suppress(ValueError, RecursionError):
        match json.loads(content):
            case {"job_id": str(job_id)} if is_job_id(job_id):
                name_job(job_id)


def _applied(outcome: Outcome, began: float) -> WebhookApplied:
    job = outcome.job
    return {
        "success": True,
        "applied": True,
        "message": job.message if job.state is State.COMPLETED else text("webhook.applied", load(Settings).locale),
        "job_id": job.job_id,
        "images_count": len(job.images),
        "processing_time_ms": round((time.perf_counter() - began) * 1000),
    }


def _ignored(outcome: Outcome) -> WebhookIgnored:
    return {
        "success": True,
        "applied": False,
        "message": text("webhook.ignored", load(Settings).locale),
        "job_id": outcome.job.job_id,
        "status": outcome.job.state,
    }


ready(recording, secret)
