"""Tries every bad token on every guarded route of a running stack, and a stranger's requests for another user's things."""

import http.client
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

from local.stack import Stack
from tests.hostile.attack import INTERNALS
from tests.hostile.strangers import Owner, attempts
from tests.hostile.tokens import Forge, Headers, bad_tokens, good_tokens, misshapen_tokens
from tests.support.api import Api
from tests.support.roles import routes as routes_of
from tests.support.template import resources

_SECONDS = 40
_REFUSED = {401}
_REFUSALS_OF_STRANGERS = {"ticket": {401, 403}}
_HIDDEN = {400, 404}

GUARDED = tuple(
    route
    for function in resources("AWS::Serverless::Function")
    for route, said in routes_of(function).items()
    if said.get("Auth", {}).get("Authorizer") != "NONE"
)


@dataclass
class Report:
    """`tried`: requests; `accepted`: those let in that must not be; `breaches`: in words, all that must not have happened."""

    tried: int = 0
    accepted: int = 0
    variants: int = 0
    breaches: list[str] = field(default_factory=list)


def try_tokens(stack: Stack, routes: Sequence[str] = GUARDED, on_each: Callable[[], object] = lambda: None) -> Report:
    """`routes`: as `GET /api/images/user`; ids in them are of nothing."""
    forge, report = Forge(stack), Report()
    misshapen = misshapen_tokens(forge)
    bad = bad_tokens(forge) | misshapen
    report.variants = len(bad)
    for name, headers in bad.items():
        for route in routes:
            status, text = ask(stack, route, headers)
            report.tried += 1
            if status not in _REFUSED and not (name in misshapen and _is_the_gateways_own(status, text)):
                report.accepted += status < 400
                report.breaches.append(f"{name}: {status} for {route}: {text[:200]}")
            if INTERNALS.search(text):
                report.breaches.append(f"{name}: the answer tells of the inside: {text[:200]}")
            on_each()
    for name, headers in good_tokens(forge).items():
        status, text = ask(stack, "GET /api/images/user", headers)
        if status != 200:
            report.breaches.append(f"{name}: a good token was refused, so nothing is shown: {status} {text[:200]}")
    return report


def _is_the_gateways_own(status: int, text: str) -> bool:
    return status == 500 and list(json.loads(text)) == ["message"]


def ask(stack: Stack, route: str, headers: Headers) -> tuple[int, str]:
    """By hand, since no library sends a header twice or beyond Latin-1."""
    method, _, path = route.partition(" ")
    api = urlsplit(stack.api_url)
    body = b"" if method == "GET" else json.dumps({"prompt": "!silent un chat"}).encode()
    connection = http.client.HTTPConnection(str(api.hostname), api.port, timeout=_SECONDS)
    try:
        connection.putrequest(method, f"{api.path}{path.replace('{id}', str(uuid4()))}")
        for name, value in [*headers, ("Content-Type", b"application/json"), ("Content-Length", str(len(body)).encode())]:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def try_strangers(stack: Stack, number: int, chosen_seed: int, on_each: Callable[[], object] = lambda: None) -> Report:
    owner, stranger, report = Owner(stack), Api.of_new_user(stack), Report()
    for kind, theirs, never_was in attempts(owner, stranger, number, chosen_seed):
        report.tried += 1
        report.accepted += theirs[0] < 400
        if theirs[0] not in _REFUSALS_OF_STRANGERS.get(kind, _HIDDEN):
            report.breaches.append(f"{kind}: {theirs}")
        if theirs != never_was:
            report.breaches.append(f"{kind}: another's differs from one that never was: {theirs} {never_was}")
        on_each()
    if owner.state() != owner.before:
        report.breaches.append("a stranger changed something of the owner's")
    return report
