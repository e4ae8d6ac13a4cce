"""What the generation backend says of a job when it is asked, in the same shapes as its webhook (docs/api.md)."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from sorami.errors import BackendUnavailable
from sorami.wire.webhook import WebhookEvent


def status_event(job_id: str, status: Mapping[str, Any]) -> WebhookEvent | None:
    """A status answer as the event that it amounts to; None for a completed job, whose result has to be asked for.

    Raises BackendUnavailable for an answer that makes no sense: it says nothing of the job.
    """
    word = str(status.get("status", "")).upper()
    if word == "COMPLETED":
        return None
    # A job that the backend has dropped on somebody's word will never be reported: to its owner that is a failure.
    said = {
        "status": "failed" if word == "CANCELLED" else word,
        "error_message": status.get("error"),
        "error_code": status.get("error_code"),
    }
    shown = {name: status[name] for name in ("progress", "message") if status.get(name) is not None}
    return _event({"job_id": job_id, **said, **shown})


def result_event(job_id: str, result: Mapping[str, Any]) -> WebhookEvent:
    """A result as a completed event. Raises BackendUnavailable for an answer that makes no sense."""
    return _event({"job_id": job_id, "status": "completed", "data": result})


def _event(values: Mapping[str, Any]) -> WebhookEvent:
    """Read as JSON, as a webhook is: of Python's own texts lone surrogates would pass, which nothing can store or send."""
    try:
        return WebhookEvent.model_validate_json(json.dumps(values))
    except ValidationError as error:
        raise BackendUnavailable(f"{error.error_count()} fault(s) in the backend's answer") from error
