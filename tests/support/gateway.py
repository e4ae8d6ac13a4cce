"""Requests as an HTTP API hands them to a function (payload format 2.0), and the function's answer read back."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

DOMAIN = "abc123.execute-api.eu-west-1.amazonaws.com"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class FakeContext:
    """What Powertools reads of a Lambda context."""

    function_name: str = "unit"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:unit"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"
    tenant_id: str | None = None
    milliseconds_left: int = 20_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds_left


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def codes(self) -> tuple[int, str]:
        """The status and the problem's code."""
        return self.status, self.json["code"]

    @property
    def pointers(self) -> list[str]:
        """Which parts of the input the problem names."""
        return [fault["pointer"] for fault in self.json["errors"]]


def claims_of(user: str, **more: Any) -> dict[str, Any]:
    """A token's claims as the gateway's authorizer passes them on."""
    return {"iss": "https://issuer.example.net", "sub": user, "aud": "sorami-images", "exp": "1893456000", **more}


def request(
    route: str,
    *,
    user: str | None = None,
    claims: Mapping[str, Any] | None = None,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    path: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One request. A `body` that is no text is sent as JSON. `user` stands for ordinary claims; without either: no authorizer."""
    number = next(_numbers)
    method, _, pattern = route.partition(" ")
    raw_path = pattern.format(**(path or {}))
    if claims is None and user is not None:
        claims = claims_of(user)
    authorizer = {"authorizer": {"jwt": {"claims": dict(claims), "scopes": None}}} if claims is not None else {}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": raw_path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": DOMAIN, **(headers or {})},
        "requestContext": {
            "domainName": DOMAIN,
            "requestId": f"request-{number}",
            "http": {"method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "unit"},
            "routeKey": route,
            "stage": "$default",
            **authorizer,
        },
        "isBase64Encoded": False,
    }
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    if query:
        event["queryStringParameters"] = dict(query)
    if path:
        event["pathParameters"] = dict(path)
    return event


def invoke(handler: Callable[..., dict[str, Any]], event: Mapping[str, Any]) -> Answer:
    """Calls the function and checks what every answer has in common."""
    raw = handler(dict(event), FakeContext())
    assert raw["headers"]["cache-control"] in {"no-store", "private, no-cache"}
    assert raw["headers"]["x-content-type-options"] == "nosniff"
    assert raw["headers"]["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert raw["isBase64Encoded"] is False
    raw["body"].encode()  # nothing that UTF-8 cannot carry
    return Answer(status=raw["statusCode"], headers=raw["headers"], text=raw["body"])
