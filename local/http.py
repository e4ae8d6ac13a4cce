"""Plain HTTP to the loopback interface, past any proxy that the user's environment names."""

import urllib.error
import urllib.request
from http.client import HTTPException

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str, timeout: float = 2) -> bool:
    """Whether a GET is answered with 200."""
    return status(url, timeout) == 200  # noqa: PLR2004


def status(url: str, timeout: float = 2, method: str = "GET", token: str | None = None) -> int:
    """The status of a request without a body; 0 when nobody answered."""
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310
    try:
        with _opener.open(request, timeout=timeout) as response:
            return int(response.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except (OSError, HTTPException):
        return 0
