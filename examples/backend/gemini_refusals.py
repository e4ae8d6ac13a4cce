"""What a Gemini answer without an image means for the job: never, not like this, or not now.

The words are those of https://ai.google.dev/api/generate-content (FinishReason, BlockReason) and of google.rpc's error details.
"""

from __future__ import annotations

import logging
from typing import Any

from google.genai import errors, types

from .generator import GenerationFailed, TryAgain

_log = logging.getLogger(__name__)
_MODERATED = frozenset(
    {
        "SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "RECITATION", "MODEL_ARMOR", "ESCALATION",
        "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
    }
)  # fmt: skip
_NOT_UNDERSTOOD = frozenset({"LANGUAGE"})
_TOO_SLOW = frozenset({408, 504})
_BUSY = frozenset({429, 500, 502, 503})
_BAD_REQUEST = frozenset({400, 413, 422})
_OURS = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED", "FAILED_PRECONDITION"})
"""What comes as a 400 although the request is good: the key, the project's billing, its country."""


def refusal_of(error: errors.APIError, job_id: str) -> GenerationFailed | TryAgain:
    """What an HTTP error amounts to. Its message stays out of the log, since it may quote the prompt."""
    words = {str(error.status), *_details(error, "reason")}
    seen = f"HTTP {error.code} {error.status}"
    if error.code in _TOO_SLOW:
        return TryAgain("timeout", seen)
    if error.code in _BUSY:
        return TryAgain("backend_unavailable", seen, _asked_wait(error))
    if error.code in _BAD_REQUEST and not words & _OURS:
        _log.warning("the model refuses the request", extra={"job_id": job_id, "reason": seen})
        return GenerationFailed("invalid_input", "request_refused")
    _log.error("the model cannot be used: look at GEMINI_API_KEY and GEMINI_MODEL", extra={"job_id": job_id, "reason": seen})
    return GenerationFailed("internal")


def no_image(answer: types.GenerateContentResponse, job_id: str) -> GenerationFailed | TryAgain:
    """What an answer amounts to that has no image in it."""
    blocked = answer.prompt_feedback.block_reason if answer.prompt_feedback else None
    reasons = {one.finish_reason.name for one in answer.candidates or () if one.finish_reason}
    seen = blocked.name if blocked else ", ".join(sorted(reasons)) or "an empty answer"
    if blocked or reasons & _MODERATED:
        _log.info("refused by the model's moderation", extra={"job_id": job_id, "reason": seen})
        return GenerationFailed("content_moderated")
    if reasons & _NOT_UNDERSTOOD:
        return GenerationFailed("invalid_input", "request_refused")
    return TryAgain("internal", f"no image: {seen}")


def _asked_wait(error: errors.APIError) -> float:
    """Seconds, from google.rpc.RetryInfo: `"retryDelay": "34s"`."""
    for text in _details(error, "retryDelay"):
        try:
            return max(0.0, float(text.removesuffix("s")))
        except ValueError:
            continue
    return 0.0


def _details(error: errors.APIError, name: str) -> list[str]:
    """That field of each of the error's details. Whatever stands between us and the API may have written the answer."""
    body: Any = error.details
    inner = body.get("error") if isinstance(body, dict) else None
    details = inner.get("details") if isinstance(inner, dict) else None
    found = details if isinstance(details, list) else []
    return [one[name] for one in found if isinstance(one, dict) and isinstance(one.get(name), str)]
