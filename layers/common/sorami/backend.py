"""The generation backend, as this service calls it over HTTP."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from sorami.errors import BackendRejected, BackendUnavailable

CONNECT_SECONDS = 2
READ_SECONDS = 5
MAX_ANSWER_BYTES = 64 * 1024
REFUSALS = frozenset({400, 413, 415, 422, 451})
"""The statuses that refuse this very request for good; every other failure may pass (contract.md, generate)."""

_ACCEPTED = range(200, 300)
_MAX_REASON = 500


@cache
def session() -> requests.Session:
    """One connection pool per worker. Proxies and netrc files of the surroundings are not looked at."""
    pool = requests.Session()
    pool.trust_env = False
    for scheme in ("http://", "https://"):
        pool.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=4, max_retries=0))
    return pool


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
        with self._asking("POST", "/api/images/generate", {"Idempotency-Key": job_id}, json=request) as answer:
            if answer.status_code in REFUSALS:
                raise BackendRejected(status=answer.status_code, reason=_reason(answer))
            if answer.status_code not in _ACCEPTED:
                raise BackendUnavailable(f"the backend answered {answer.status_code}", status=answer.status_code)

    def _read(self, path: str) -> dict[str, Any] | None:
        with self._asking("GET", path, {}) as answer:
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return None
            body = _json(answer) if answer.status_code == HTTPStatus.OK else None
            if body is None:
                raise BackendUnavailable(f"the backend answered {answer.status_code}", status=answer.status_code)
            return body

    @contextmanager
    def _asking(self, method: str, path: str, headers: Mapping[str, str | bytes], **more: Any) -> Iterator[requests.Response]:
        sent: dict[str, str | bytes] = {"Accept-Encoding": "identity", **headers}
        if key := self._api_key():
            sent["Authorization"] = f"Bearer {key}".encode()  # as bytes, since requests sends text as Latin-1
        try:
            with self._http.request(
                method,
                f"{self._url}{path}",
                headers=sent,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                **more,
            ) as answer:
                yield answer
        except (requests.RequestException, HTTPError, OSError) as error:
            raise BackendUnavailable(type(error).__name__) from error


def _json(answer: requests.Response) -> dict[str, Any] | None:
    """The JSON object of an answer, or None; no more than 64 KiB of it is read, and no longer than a few seconds."""
    try:
        body = json.loads(_bounded(answer))
    except (ValueError, RecursionError, HTTPError, OSError):
        return None
    return body if isinstance(body, dict) else None


def _bounded(answer: requests.Response) -> bytes:
    """The limits hold for the whole body: a backend that sends a byte now and then must not keep the function waiting."""
    content = b""
    deadline = time.monotonic() + READ_SECONDS
    while len(content) < MAX_ANSWER_BYTES and time.monotonic() < deadline:
        # read1 returns what has arrived, where read would wait for as much as was asked for.
        if not (chunk := answer.raw.read1(MAX_ANSWER_BYTES - len(content))):
            break
        content += chunk
    return content


def _reason(answer: requests.Response) -> str | None:
    """The refusal's own words, if it is JSON that has some."""
    body = _json(answer) or {}
    words = next((body[name] for name in ("message", "detail", "error") if isinstance(body.get(name), str)), "")
    words = words.encode(errors="replace").decode()  # JSON can smuggle in lone surrogates, which nothing can store
    return " ".join(words.split())[:_MAX_REASON] or None
