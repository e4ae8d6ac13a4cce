"""`POST /api/images/generate`, and `POST /api/images/uploads` for what it may take in."""

from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import Any

from generate.recording import Recorder, Request
from generate.submission import Submission, Submitted
from sorami.artifacts import Artifacts
from sorami.backend import Backend, session
from sorami.clients import client
from sorami.errors import Fault, InvalidRequest
from sorami.events import Event, Response, Routes, answer, caller, dispatch, headers, parse_body
from sorami.idempotency import HEADER, REPLAYED, checked_key
from sorami.jobs import Order, State
from sorami.observability import instrumented
from sorami.presigning import presigner
from sorami.problems import answers_problems
from sorami.secrets import SecretReader
from sorami.settings import CommonSettings, load
from sorami.starting import ready
from sorami.store import JobStore
from sorami.texts import text
from sorami.times import iso, now
from sorami.uploads import is_own_upload, is_upload, new_upload
from sorami.values import dataclass
from sorami.wire.answers import Accepted, UploadTicket
from sorami.wire.requests import GenerateRequest, UploadRequest

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
def artifacts() -> Artifacts:
    return Artifacts(presigner(), load(Settings).images_bucket)


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
        artifacts=artifacts(),
        backend=Backend(settings.backend_url, lambda: secret.values().get("backend_api_key", ""), session()),
        max_open_jobs=int(settings.max_open_jobs_per_user),
        locale=settings.locale,
        clock=now,
    )


def webhook_url(event: Event) -> str:
    """The parameter, or else this API's own address: a template cannot name the API to a function that the API calls."""
    return load(Settings).webhook_url or f"https://{event['requestContext']['domainName']}{WEBHOOK_PATH}"


def _generate(event: Event) -> Response:
    user = caller(event)
    key = checked_key(headers(event).get(HEADER))
    order = parse_body(GenerateRequest, event, _locale()).order()
    _check_upload(order, user.user_id)
    request = Request(order=order, user_id=user.user_id, org_id=user.org_id, key=key)
    submitted = submission().submit_job(request, webhook_url=webhook_url(event))
    fields = {
        "location": f"/api/images/{submitted.job.job_id}/status",
        **(submitted.quota.headers() if submitted.quota else {}),
        **(REPLAYED if submitted.replayed else {}),
    }
    return answer(HTTPStatus.ACCEPTED, _accepted(submitted), fields)


def _check_upload(order: Order, user_id: str) -> None:
    """Another's upload is answered like one that never was. Whether the file has arrived is for the backend to find out."""
    url = order.input_image_url
    if url is not None and is_upload(url) and not is_own_upload(url, user_id):
        raise InvalidRequest([Fault(pointer="#/input_image_url", detail=text("fault.foreign_upload", _locale()))])


def _accepted(submitted: Submitted) -> Accepted:
    """A replay says again what was said at first, whatever has become of the job."""
    job = submitted.job
    return {
        "job_id": job.job_id,
        "status": State.PENDING if submitted.replayed else job.state,
        "message": text("job.accepted", _locale()) if submitted.replayed else job.message,
        "created_at": iso(job.created_at),
    }


def _upload(event: Event) -> Response:
    user = caller(event)
    asked = parse_body(UploadRequest, event, _locale())
    reference = new_upload(user.user_id, asked.content_type)
    form = artifacts().upload_form(reference, content_type=asked.content_type, max_bytes=asked.size_bytes, at=now())
    ticket: UploadTicket = {
        "url": form.url,
        "fields": form.fields,
        "input_image_url": reference,
        "expires_at": iso(form.expires_at),
    }
    return answer(HTTPStatus.CREATED, ticket)


def _locale() -> str:
    return load(Settings).locale


ROUTES: Routes = {
    "POST /api/images/generate": _generate,
    "POST /api/images/uploads": _upload,
}


@instrumented
@answers_problems(_locale)
def handler(event: Event, _context: Any) -> Response:
    return dispatch(ROUTES, event)


ready(submission)
