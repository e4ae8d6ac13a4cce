"""The generation backend, as this service calls it over HTTP."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from sorami.errors import BackendRejected, BackendUnavailable
from sorami.values import dataclass

CONNECT_SECONDS = 2
READ_SECONDS = 5
TOTAL_SECONDS = 8
MAX_ANSWER_BYTES = 64 * 1024
MAX_TALKS = 16
REFUSALS = frozenset({400, 413, 415, 422, 451})
"""What refuses this very request for good; all else may pass (docs/api.md, "How a backend's answer is read")."""

_ACCEPTED = range(200, 300)
_MAX_REASON = 500


class _Session(requests.Session):
    """A session that leaves redirects alone: requests reads the whole body of one, and parses where it leads, even if told not to
    follow it."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002  # requests' own signature
        return None


@cache
def session() -> requests.Session:
    """One connection pool per worker. Proxies and netrc files of the surroundings are not looked at, and no cookie is kept."""
    pool = _Session()
    pool.trust_env = False
    pool.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        pool.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=MAX_TALKS, max_retries=0))
    return pool


@cache
def _talks() -> ThreadPoolExecutor:
    """Where conversations run, so that one can be given up as a whole: requests' own limits hold for each read alone."""
    return ThreadPoolExecutor(MAX_TALKS, thread_name_prefix="backend")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    body: bytes

    def json(self) -> dict[str, Any] | None:
        """The body if it is a JSON object."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) else None


class Backend:
    """The backend at `url`; `api_key` is asked for at each call, so that a rotated one needs no new worker."""

    def __init__(self, url: str, api_key: Callable[[], str], http: requests.Session) -> None:
        self._url = url.rstrip("/")
        self._api_key = api_key
        self._http = http

    def status(self, job_id: str) -> dict[str, Any] | None:
        """What the backend says of the job, None if it has never heard of it. Raises BackendUnavailable."""
        return self._read(f"/api/images/status/{job_id}")

    def result(self, job_id: str) -> dict[str, Any] | None:
        """The result of a job that the backend calls completed, None if it does not know it. Raises BackendUnavailable."""
        return self._read(f"/api/images/result/{job_id}")

    def submit(self, job_id: str, request: Mapping[str, Any]) -> None:
        """Hands the job over: any 2xx means accepted. The backend works once per `job_id`, however often it is asked.

        Raises BackendRejected when it refuses this request for good, BackendUnavailable for everything else, a timeout
        included: then nobody knows whether it took the job, and asking again is safe.
        """
        answer = self._ask("POST", "/api/images/generate", {"Idempotency-Key": job_id}, json=request)
        if answer.status in REFUSALS:
            raise BackendRejected(status=answer.status, reason=_reason(answer))
        if answer.status not in _ACCEPTED:
            raise BackendUnavailable(f"the backend answered {answer.status}", status=answer.status)

    def _read(self, path: str) -> dict[str, Any] | None:
        answer = self._ask("GET", path, {})
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        content = answer.json() if answer.status == HTTPStatus.OK else None
        if content is None:
            raise BackendUnavailable(f"the backend answered {answer.status}", status=answer.status)
        return content

    def _ask(self, method: str, path: str, headers: Mapping[str, str | bytes], **more: Any) -> _Answer:
        """One conversation, given up after TOTAL_SECONDS however it stands: one byte now and then is no answer."""
        sent: dict[str, str | bytes] = {"Accept-Encoding": "identity", **headers}
        if key := self._api_key():
            sent["Authorization"] = f"Bearer {key}".encode(errors="replace")  # as bytes, since requests sends text as Latin-1
        talk = _talks().submit(self._talk, method, path, sent, **more)
        try:
            return talk.result(timeout=TOTAL_SECONDS)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:  # ValueError: headers that are none
            talk.cancel()  # one that still waits for its turn must not be held when nobody waits for it
            raise BackendUnavailable(type(error).__name__) from error

    def _talk(self, method: str, path: str, headers: Mapping[str, str | bytes], **more: Any) -> _Answer:
        with self._http.request(
            method,
            f"{self._url}{path}",
            headers=headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
            **more,
        ) as answer:
            return _Answer(status=answer.status_code, body=_body(answer))


def _body(answer: requests.Response) -> bytes:
    """At most 64 KiB of it; what breaks off is worth what has come, since the status says the rest."""
    try:
        content: bytes = answer.raw.read(MAX_ANSWER_BYTES)
    except (HTTPError, OSError):
        return b""
    return content


def _reason(answer: _Answer) -> str | None:
    """The refusal's own words, if it is JSON that has some."""
    content = answer.json() or {}
    words = next((content[name] for name in ("message", "detail", "error") if isinstance(content.get(name), str)), "")
    words = words.encode(errors="replace").decode()  # JSON can smuggle in lone surrogates, which nothing can store
    return " ".join(words.split())[:_MAX_REASON] or None
