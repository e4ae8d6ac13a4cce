"""The stand-in for AWS's gateway: whom it lets through, and what it writes of it."""

import json
from typing import Any

import pytest
import requests

from local.stack import Stack
from tests.runbook import gateway as module
from tests.runbook.gateway import Gateway, route_of
from tests.support.template import properties

ROUTES = {"GET /api/images/{id}/status": True, "GET /api/images/{id}": True, "GET /api/images/user": True, "GET /health": False}
# The header and the payload {"sub": "user_1"} of a token; nobody looks at its signature here.
BEARER = {"Authorization": "Bearer e30.eyJzdWIiOiAidXNlcl8xIn0.x"}
STAGE = {
    "AccessLogSettings": {"Format": properties("HttpApi")["AccessLogSettings"]["Format"], "DestinationArn": "a:log-group:G:*"}
}
DEPLOYED = {
    "DefaultRouteSettings": {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": {"Ref": "Rate"}},
    "RouteSettings": {"GET /health": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1e-9}},
}


class Engine:
    """As far as it is asked: the clients of its services in one."""

    def __init__(self) -> None:
        self.lines: list[dict[str, str]] = []
        self.cloudformation = self.gateway = self.logs = self

    def get_stage(self, **_: str) -> Any:
        return STAGE

    def get_routes(self, **_: str) -> Any:
        return {"Items": [{"RouteKey": key, "AuthorizationType": "JWT" if token else "NONE"} for key, token in ROUTES.items()]}

    def get_template(self, **_: str) -> Any:
        return {"TemplateBody": json.dumps({"Resources": {"HttpApiApiGatewayDefaultStage": {"Properties": DEPLOYED}}})}

    def describe_stacks(self, **_: str) -> Any:
        return {"Stacks": [{"Parameters": [{"ParameterKey": "Rate", "ParameterValue": "0.000001"}]}]}

    def create_log_stream(self, **_: str) -> None: ...

    def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: list[dict[str, Any]]) -> None:  # noqa: N803
        assert (logGroupName, logStreamName) == ("G", "gateway")
        self.lines += [json.loads(one["message"]) for one in logEvents]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine()
    monkeypatch.setattr(module, "Clients", lambda _url: engine)
    return engine


@pytest.fixture
def gateway(engine: Engine) -> Gateway:
    stack: Any = type(
        "", (), {"resources": {"HttpApi": "a"}, "api_url": "http://engine", "aws_endpoint_url": "", "stack_name": "s"}
    )
    one: Stack = stack
    return Gateway(one)


def answering(monkeypatch: pytest.MonkeyPatch, status: int, body: str) -> None:
    answer = requests.Response()
    answer.status_code, answer._content = status, body.encode()
    monkeypatch.setattr(requests, "request", lambda *_, **__: answer)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/images/user?limit=2", "GET /api/images/user"),
        ("/api/images/7", "GET /api/images/{id}"),
        ("/api/images/7/status", "GET /api/images/{id}/status"),
        ("/api/images/7/8/status", "-"),
        ("/nowhere", "-"),
    ],
)
def test_a_route_without_variables_comes_before_one_with_some(path: str, route: str) -> None:
    assert route_of("GET", path, ROUTES) == route
    assert route_of("POST", path, ROUTES) == "-"


def test_one_too_many_is_not_handed_on_and_its_line_names_the_route_and_no_user(
    engine: Engine, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, 200, "{}")
    answers = [gateway.answer("GET", "/api/images/user", BEARER, b"") for _ in range(3)]
    assert [answer is not None for answer in answers] == [True, True, False]
    said = [(line["route"], line["status"], line["integration"], line["sub"], line["error"]) for line in engine.lines]
    passed = ("GET /api/images/user", "200", "200", "user_1", "-")
    assert said == [passed, passed, ("GET /api/images/user", "429", "-", "-", "Too Many Requests")]


def test_limits_are_read_anew_after_a_deployment(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 200, "{}")
    assert [gateway.answer("GET", "/health", {}, b"") is None for _ in range(2)] == [False, True]
    gateway.read_limits()
    assert gateway.answer("GET", "/health", {}, b"") is not None


def test_what_no_route_takes_has_no_limit_of_its_own(engine: Engine, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway answers it itself, and no function is called."""
    answering(monkeypatch, 404, '{"message": "Not Found"}')
    assert all(gateway.answer("GET", "/nowhere", BEARER, b"") is not None for _ in range(3))
    assert {(line["route"], line["status"], line["error"]) for line in engine.lines} == {("-", "404", "Not Found")}


@pytest.mark.parametrize(
    ("answered", "line"),
    [
        ((401, '{"message": "Unauthorized"}'), ("-", "-", "Unauthorized")),
        ((429, '{"code": "too_many_open_jobs", "message": "…"}'), ("429", "user_1", "-")),
        ((503, "no JSON"), ("503", "user_1", "-")),
        ((200, '{"message": "ok"}'), ("200", "user_1", "-")),
    ],
)
def test_what_the_gateway_refuses_and_what_a_function_answers_are_told_apart(
    engine: Engine, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, answered: tuple[int, str], line: tuple[str, str, str]
) -> None:
    answering(monkeypatch, *answered)
    gateway.answer("GET", "/api/images/user", BEARER, b"")
    assert [(one["integration"], one["sub"], one["error"]) for one in engine.lines] == [line]


def test_a_route_without_authorizer_knows_no_user(engine: Engine, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 200, "{}")
    gateway.answer("GET", "/health", BEARER, b"")
    assert [line["sub"] for line in engine.lines] == ["-"]
