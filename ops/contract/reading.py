"""A report as the service itself would read it: its own wire models and its own rules for files, no second description."""

from dataclasses import dataclass
from http import HTTPStatus

from pydantic import ValidationError

from ops.contract.evidence import Evidence, Heard, Played
from ops.contract.stand_in import BUCKET
from sorami.artifacts import ReferencePolicy
from sorami.errors import Fault, InvalidRequest
from sorami.jobs import Completed, JobEvent
from sorami.times import now
from sorami.wire.faults import faults_of
from sorami.wire.webhook import WebhookEvent

LOCALE = "en"


@dataclass(frozen=True)
class Read:
    """A report and what it amounts to, or the faults that make the service answer it with 400 or 413."""

    heard: Heard
    event: JobEvent | None
    faults: tuple[Fault, ...] = ()


_TOO_LARGE = Fault(pointer="", detail="more than 256 KiB")


def read(evidence: Evidence, heard: Heard) -> Read:
    if heard.answered == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Read(heard, None, (_TOO_LARGE,))
    try:
        event = WebhookEvent.model_validate_json(heard.content)
        return Read(heard, event.to_job_event(policy_of(evidence), at=now(), locale=LOCALE))
    except ValidationError as error:
        return Read(heard, None, tuple(faults_of(error, LOCALE)))
    except InvalidRequest as error:
        return Read(heard, None, error.faults)


def policy_of(evidence: Evidence) -> ReferencePolicy:
    return ReferencePolicy(images_bucket=BUCKET, backend_url=evidence.backend_url, s3_endpoint=evidence.storage_url)


def result_of(evidence: Evidence, played: Played) -> Completed | None:
    """What the first readable completed event of the job amounts to."""
    found = (read(evidence, heard).event for heard in played.outcomes)
    return next((event for event in found if isinstance(event, Completed)), None)


def in_words(faults: tuple[Fault, ...]) -> str:
    return "; ".join(f"{fault.pointer}: {fault.detail}" if fault.pointer else fault.detail for fault in faults)
