"""Who may see what: tokens, and the jobs and notifications of others (docs/reliability.md, rows 27 and 28)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.issuer import claims_for, mint, new_key
from local.stack import Stack
from tests.support.api import Api, completed


def _encoded(part: dict[str, Any] | bytes) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}."


def _signed_with_the_public_key(stack: Stack, claims: dict[str, Any]) -> str:
    """By hand: libraries refuse to take a public key for a shared secret."""
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': stack.key().kid})}.{_encoded(claims)}"
    return f"{signed}.{_encoded(hmac.digest(stack.key().as_pem(private=False), signed.encode(), hashlib.sha256))}"


def _without_exp(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name != "exp"}


# Each as a function of the stack and of claims that would be good.
_BAD_TOKENS: dict[str, Callable[[Stack, dict[str, Any]], str | None]] = {
    "missing": lambda _stack, _good: None,
    "not a token": lambda _stack, _good: "Bearer nonsense",
    "forged": lambda _stack, good: f"Bearer {mint(new_key(), good)}",
    "expired": lambda stack, _good: f"Bearer {stack.token('user_1', ttl=-60)}",
    "unsigned": lambda _stack, good: f"Bearer {_unsigned(good)}",
    "signed with the public key": lambda stack, good: f"Bearer {_signed_with_the_public_key(stack, good)}",
    "of another issuer": lambda stack, good: f"Bearer {mint(stack.key(), good | {'iss': 'https://elsewhere.example'})}",
    "for another audience": lambda stack, good: f"Bearer {mint(stack.key(), good | {'aud': 'somebody-else'})}",
    "without an end": lambda stack, good: f"Bearer {mint(stack.key(), _without_exp(good))}",
    "not yet valid": lambda stack, good: f"Bearer {mint(stack.key(), good | {'nbf': int(time.time()) + 3600})}",
}


@pytest.mark.parametrize("kind", _BAD_TOKENS)
def test_row_27_a_bad_token_is_401_on_every_route(kind: str, stack: Stack) -> None:
    caller = Api(stack=stack, user="user_1", authorization=_BAD_TOKENS[kind](stack, claims_for(stack.issuer, "user_1")))
    job_id = str(uuid4())
    answers = [
        caller.generate("un chat"),
        caller.get(f"/api/images/{job_id}/status"),
        caller.get(f"/api/images/{job_id}/result"),
        caller.get("/api/images/user"),
        caller.get("/api/notifications"),
        caller.request("PUT", "/api/notifications", json={"notificationId": "x", "isRead": True}),
        caller.read_all("2026-01-02T03:04:05Z"),
        caller.cancel(job_id),
        caller.delete(job_id),
        caller.upload(content_type="image/png", size_bytes=1),
        caller.request("POST", "/api/notifications/ticket"),
    ]
    assert [answer.status_code for answer in answers] == [401] * len(answers)


def test_row_28_anothers_job_is_answered_like_one_that_never_was(api: Api, stack: Stack) -> None:
    job_id = api.new_job()
    assert api.webhook(completed(job_id)).json()["applied"] is True
    stranger = Api.of_new_user(stack)
    for question in ("status", "result"):
        not_theirs = stranger.get(f"/api/images/{job_id}/{question}")
        never_was = stranger.get(f"/api/images/{uuid4()}/{question}")
        assert not_theirs.status_code == never_was.status_code == requests.codes.not_found
        assert _without_request_id(not_theirs) == _without_request_id(never_was)
    assert stranger.get("/api/images/user", status="ALL").json()["generations"] == []
    assert stranger.feed() == {"notifications": [], "unreadCount": 0, "next_cursor": None}


def test_row_28_anothers_notification_can_be_neither_seen_nor_marked(api: Api, stack: Stack) -> None:
    assert api.webhook(completed(api.new_job())).json()["applied"] is True
    (notification,) = api.feed_with(1)["notifications"]
    stranger = Api.of_new_user(stack)
    answer = stranger.request("PUT", "/api/notifications", json={"notificationId": notification["id"], "isRead": True})
    assert answer.status_code == requests.codes.not_found
    assert api.feed()["unreadCount"] == 1


def test_row_28_anothers_cursor_is_refused(api: Api, stack: Stack) -> None:
    for _ in range(2):
        api.new_job()
    page = api.get("/api/images/user", status="ALL", limit=1).json()
    assert len(page["generations"]) == 1
    assert api.get("/api/images/user", status="ALL", limit=1, cursor=page["next_cursor"]).status_code == requests.codes.ok
    answer = Api.of_new_user(stack).get("/api/images/user", status="ALL", limit=1, cursor=page["next_cursor"])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_health_needs_no_token(stack: Stack) -> None:
    answer = Api(stack=stack, user="", authorization=None).get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def _without_request_id(answer: requests.Response) -> dict[str, Any]:
    content: dict[str, Any] = answer.json()
    del content["request_id"]
    return content
