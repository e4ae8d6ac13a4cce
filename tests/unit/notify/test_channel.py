"""The way to a live connection: the gateway's answers in our terms, and nothing is tried twice."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sorami.channel import Channel, ConnectionGone, NotSent
from sorami.clients import client


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((410, "GoneException"), ConnectionGone),
        ((429, "LimitExceededException"), NotSent),
        ((403, "ForbiddenException"), NotSent),
        ((413, "PayloadTooLargeException"), NotSent),
        ((500, "InternalServerError"), NotSent),
        (ReadTimeoutError(endpoint_url="https://live"), NotSent),
    ],
    ids=str,
)
def test_the_gateways_answers_in_our_terms_and_nothing_is_tried_twice(
    answer: tuple[int, str] | Exception, expected: type[Exception], notify: None
) -> None:
    calls: list[str] = []

    def respond(model: Any, **_: Any) -> Any:
        calls.append(model.name)
        if isinstance(answer, Exception):
            raise answer
        status, code = answer
        return SimpleNamespace(status_code=status), {"Error": {"Code": code, "Message": "…"}}

    gateway = client("apigatewaymanagementapi")
    gateway.meta.events.register("before-call.apigatewaymanagementapi", respond)
    channel = Channel(gateway)
    with pytest.raises(expected):
        channel.post("c", {"type": "pong"})
    with pytest.raises(expected):
        channel.hang_up("c")
    assert calls == ["PostToConnection", "DeleteConnection"]
