"""The generation backend, as this service calls it over HTTP."""

import json
from collections.abc import Callable, Mapping
from functools import cache
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

    def submit(self, job_id: str, request: Mapping[str, Any]) -> None:
        """Hands the job over: any 2xx means accepted. The backend works once per `job_id`, however often it is asked.

        Raises BackendRejected when it refuses this request for good, BackendUnavailable for everything else, a timeout
        included: then nobody knows whether it took the job, and asking again is safe.
        """
        headers: dict[str, str | bytes] = {"Idempotency-Key": job_id, "Accept-Encoding": "identity"}
        if key := self._api_key():
            headers["Authorization"] = f"Bearer {key}".encode()  # as bytes, since requests sends text as Latin-1
        try:
            with self._http.post(
                f"{self._url}/api/images/generate",
                json=request,
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as answer:
                if answer.status_code in _ACCEPTED:
                    return
                if answer.status_code in REFUSALS:
                    raise BackendRejected(status=answer.status_code, reason=_reason(answer))
                raise BackendUnavailable(f"the backend answered {answer.status_code}", status=answer.status_code)
        except requests.RequestException as error:
            raise BackendUnavailable(type(error).__name__) from error


def _reason(answer: requests.Response) -> str | None:
    """The refusal's own words, if it is JSON that has some; no more than 64 KiB of it is read."""
    try:
        body = json.loads(answer.raw.read(MAX_ANSWER_BYTES))
    except (ValueError, OSError, HTTPError, RecursionError):
        return None
    words = (
        next((body[name] for name in ("message", "detail", "error") if isinstance(body.get(name), str)), "")
        if isinstance(body, dict)
        else ""
    )
    words = words.encode(errors="replace").decode()  # JSON can smuggle in lone surrogates, which nothing can store
    return " ".join(words.split())[:_MAX_REASON] or None
