"""The service's ear: progress told once, outcomes told until they are heard."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from uuid import uuid4

import requests

from .answers import read_small
from .backoff import wait_before
from .signing import signature_headers
from .times import now_text

_log = logging.getLogger(__name__)
_OUTCOME_TRIES = 8
_TAKEN = range(200, 300)
_NOT_FOUND = 404
_FINAL = frozenset({400, _NOT_FOUND, 413})  # the service will never take this event
_LONGEST_RETRY_AFTER = 120.0


class JobCancelled(Exception):
    """The job was cancelled at the service, perhaps deleted there since: nobody waits for it any more."""


class Reporter:
    """Speaks for one job, from one thread, so its events arrive in order. A silent one says nothing.

    `secret` is asked for each time something is sent: it may be another by then.
    """

    def __init__(
        self,
        session: requests.Session,
        url: str,
        secret: Callable[[], str],
        environment: str,
        job_id: str,
        *,
        pause: Callable[[float], None],
        silent: bool = False,
    ) -> None:
        self._session, self._url, self._secret = session, url, secret
        self._environment, self._job_id = environment, job_id
        self._pause, self._silent = pause, silent

    def progress(self, status: str, progress: int, message: str) -> None:
        """One try: a lost one is made good by the next. Raises JobCancelled."""
        self._post({"status": status, "progress": progress, "message": message}, _new_message_id(), timeout=(1, 2))

    def completed(self, data: Mapping[str, object]) -> None:
        """Raises JobCancelled."""
        self._insist({"status": "completed", "data": data})

    def failed(self, code: str, message: str) -> None:
        """Raises JobCancelled."""
        self._insist({"status": "failed", "error_message": message, "message": message, "error_code": code})

    def _insist(self, event: Mapping[str, object]) -> None:
        if self._silent:
            return
        message_id = _new_message_id()
        for attempt in range(1, _OUTCOME_TRIES + 1):
            answer = self._post(event, message_id, timeout=(3.05, 10))
            if answer is not None and (answer.status_code in _TAKEN or answer.status_code in _FINAL):
                return
            if attempt < _OUTCOME_TRIES:
                self._pause(wait_before(attempt + 1, _retry_after(answer)))
        _log.error("webhook given up: the service can still ask for the result", extra={"job_id": self._job_id})

    def _post(self, event: Mapping[str, object], message_id: str, timeout: tuple[float, float]) -> requests.Response | None:
        """The answer, None when there was none. Raises JobCancelled."""
        if self._silent:
            return None
        said = {"job_id": self._job_id, "timestamp": now_text(), "environment": self._environment, **event}
        body = json.dumps(said).encode()  # what is signed is what is sent, byte for byte
        secret = self._secret()
        proof = {"X-Webhook-Secret": secret, **signature_headers(secret, message_id, body)}
        headers = {"Content-Type": "application/json", **proof}
        try:
            answer = self._session.post(
                self._url, data=body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
            )
        except requests.RequestException as exc:
            self._regret(event, type(exc).__name__)
            return None
        with answer:
            content = read_small(answer)
        if _says_that_nobody_waits(answer.status_code, content):
            raise JobCancelled
        if answer.status_code not in _TAKEN:
            self._regret(event, f"HTTP {answer.status_code}")
        return answer

    def _regret(self, event: Mapping[str, object], reason: str) -> None:
        _log.warning("webhook not taken", extra={"job_id": self._job_id, "status": event["status"], "reason": reason})


def _new_message_id() -> str:
    return f"msg_{uuid4().hex}"


def _says_that_nobody_waits(status: int, body: bytes) -> bool:
    """A 404 counts only in the service's own words: anybody may answer at an address that is wrong."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(said, dict):
        return False
    if status == _NOT_FOUND:
        return said.get("code") == "job_not_found"
    return status in _TAKEN and said.get("applied") is False and said.get("status") == "CANCELLED"


def _retry_after(answer: requests.Response | None) -> float:
    text = answer.headers.get("Retry-After", "") if answer is not None else ""
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), _LONGEST_RETRY_AFTER)
