"""What can be wrong between this stack and those it talks to, tried over HTTP as they do it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

import requests

from ops.diagnosis.finding import Finding, failing, fine, skipped, warning
from ops.diagnosis.parameters import origins_of
from ops.spans import span
from ops.stack import Place
from sorami.backend import Backend, session
from sorami.errors import BackendUnavailable
from sorami.jobs import new_job_id
from sorami.times import now

_SECONDS = 15
_FOREIGN = "https://origin.invalid"
_STRICTEST = timedelta(minutes=5)  # signatures of webhooks, and AWS's own, are refused beyond it
_NOTICEABLE = timedelta(seconds=30)


def check_api(place: Place) -> Finding:
    status = _asked(place, "GET", f"{place.api_url}/health").status_code
    if status != HTTPStatus.OK:
        return failing(f"GET /health answers {status}.", "The log of query says why.")
    return fine(f"{place.api_url} answers")


def check_clock(place: Place) -> Finding:
    began = now()
    answer = _asked(place, "GET", f"{place.api_url}/health")
    if "Date" not in answer.headers:
        return skipped("The API's answers say no time.")
    halfway = began + (now() - began) / 2
    skew = abs(parsedate_to_datetime(answer.headers["Date"]) - halfway)
    said = f"This clock and the API's are {span(skew)} apart."
    if skew > _STRICTEST:
        return failing(said, "Set this machine's clock: signatures and tokens are refused.")
    if skew > _NOTICEABLE:
        return warning(said, "Set this machine's clock before it is 5 min.")
    return fine(said.rstrip("."))


def check_webhook(place: Place) -> Finding:
    """A report without a secret is a 401, wherever backends are told to send theirs."""
    url = place.webhook_url
    status = _asked(place, "POST", url, json={}).status_code
    if status == HTTPStatus.UNAUTHORIZED:
        return fine("refuses a report without a secret (401)")
    if status < HTTPStatus.BAD_REQUEST:
        return failing(f"A report without a secret is answered {status}.", "Is WebhookUrl this API's own address?")
    if status == HTTPStatus.NOT_FOUND:
        return failing(f"{url} answers 404.", "WebhookUrl, or the custom domain's mapping, leads elsewhere.")
    return failing(f"{url} answers {status}.", "The log of webhook says why.")


def check_issuer(place: Place) -> Finding:
    """As the gateway's authorizer reads it: discovery, then the key set, in which it takes RSA keys."""
    issuer = place.parameters["JwtIssuer"]
    where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    known = _document(_asked(place, "GET", where))
    if known is None:
        return failing(f"{where} is no JSON.", "JwtIssuer must be the issuer's URL as in the tokens' iss.")
    if known.get("issuer") != issuer:
        return failing(
            f"The issuer calls itself {known.get('issuer')!r}, JwtIssuer is {issuer!r}.", "They must be equal to the letter."
        )
    keys = _document(_asked(place, "GET", urljoin(where, str(known.get("jwks_uri", ""))))) or {}
    usable = [key for key in keys.get("keys", []) if isinstance(key, dict) and key.get("kty") == "RSA"]
    if not usable:
        return failing("Its key set holds no RSA key, the only kind that the gateway takes.", "Choose RS256 at the issuer.")
    return fine(f"{issuer} has {len(usable)} key(s)")


def check_cors(place: Place) -> Finding:
    origins = origins_of(place.parameters)
    refused = [origin for origin in origins if _allowed(place, origin) not in {origin, "*"}]
    if refused:
        return failing(f"Pages of {', '.join(refused)} may not call the API.", "Deploy again with these AllowedOrigins.")
    if "*" not in origins and _allowed(place, _FOREIGN) in {_FOREIGN, "*"}:
        return failing("Pages of any origin may call the API.", "Deploy again: AllowedOrigins says otherwise.")
    return fine(f"{', '.join(origins)} may call, others may not")


def _allowed(place: Place, origin: str) -> str | None:
    """The origin that the answer to a browser's preflight allows, if it allows what a page sends."""
    asked = {
        "Origin": "https://any.invalid" if origin == "*" else origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    answer = _asked(place, "OPTIONS", f"{place.api_url}/api/images/generate", headers=asked)
    headers = answer.headers.get("Access-Control-Allow-Headers", "").lower()
    return answer.headers.get("Access-Control-Allow-Origin") if "authorization" in headers or headers == "*" else None


def check_backend(place: Place) -> Finding:
    """Asked, with our key, after a job that nobody has: a backend that is well knows nothing of it."""
    url = place.parameters["BackendUrl"]
    secret = place.client("secretsmanager").get_secret_value(SecretId=place.resources["ServiceSecret"])["SecretString"]
    try:
        key = str(json.loads(secret).get("backend_api_key") or "")
        Backend(url, lambda: key, session()).status(new_job_id())
    except (ValueError, AttributeError):
        return failing("Without a readable service secret it cannot be asked.", "See secret, above.")
    except BackendUnavailable as error:
        if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return failing(f"{url} does not take our key ({error.status}).", "backend_api_key is set wrongly, here or there.")
        return failing(f"{url} says nothing of a job: {error}.", "Is BackendUrl right, is it up, may this machine reach it?")
    return fine(f"{url} answers, and takes our key")


def _asked(place: Place, method: str, url: str, **more: Any) -> requests.Response:
    """A local stack is not behind anybody's proxy."""
    with requests.Session() as http:
        http.trust_env = place.local is None
        return http.request(method, url, timeout=_SECONDS, allow_redirects=False, **more)


def _document(answer: requests.Response) -> Mapping[str, Any] | None:
    try:
        content = answer.json() if answer.status_code == HTTPStatus.OK else None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
