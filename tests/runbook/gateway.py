"""What AWS's gateway does around the engine's, which does neither: it limits each route, and writes an access log.

It stands before the engine's gateway as a server of its own. Limits are those of the deployed template under the deployed
parameters, lines are of the deployed format and lie in the stack's own log group. Which comes first, the limit or the token, AWS
does not say for HTTP APIs. Here it is the limit, so that the line of a request too many names no user: less for an operator.
"""

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import requests
import yaml

from local.aws import Clients
from local.ports import LOOPBACK
from local.stack import Stack
from tests.runbook.limits import Limits
from tests.support.access_log import NOTHING, written
from tests.support.serving import serving
from tests.support.template import Resolver

_STAGE = "HttpApiApiGatewayDefaultStage"
_LOG_STREAM = "gateway"
_SECONDS = 120
_NOT_HANDED_ON = {"host", "connection", "content-length", "content-encoding", "transfer-encoding", "date", "server"}


class Gateway:
    """`stack` is the deployed one, whose own gateway answers what is let through."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._clients = stack, Clients(stack.aws_endpoint_url)
        api = stack.resources["HttpApi"]
        settings = self._clients.gateway.get_stage(ApiId=api, StageName="$default")["AccessLogSettings"]
        self._format, self._log_group = settings["Format"], settings["DestinationArn"].split(":log-group:")[1].split(":")[0]
        self._clients.logs.create_log_stream(logGroupName=self._log_group, logStreamName=_LOG_STREAM)
        routes = self._clients.gateway.get_routes(ApiId=api)["Items"]
        self._has_token = {one["RouteKey"]: one["AuthorizationType"] == "JWT" for one in routes}
        self.read_limits()

    def read_limits(self) -> None:
        """After every deployment. From the template, as the engine's stage keeps the names of routes without their limits."""
        cloudformation, name = self._clients.cloudformation, self._stack.stack_name
        body: Any = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        document = yaml.safe_load(body) if isinstance(body, str) else body
        given = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Parameters"]
        parameters = Resolver({one["ParameterKey"]: one["ParameterValue"] for one in given}, {})
        said = document["Resources"][_STAGE]["Properties"]
        self._limits = Limits(parameters.resolve(said["DefaultRouteSettings"]), parameters.resolve(said["RouteSettings"]))

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> requests.Response | None:
        """Of the engine, or None for a request that is one too many for its route."""
        began, route = time.monotonic(), route_of(method, path, self._has_token)
        answer = None
        if route == NOTHING or self._limits.admit(route):
            kept = {name: value for name, value in headers.items() if name.lower() not in _NOT_HANDED_ON}
            answer = requests.request(
                method, self._stack.api_url + path, headers=kept, data=body, timeout=_SECONDS, allow_redirects=False
            )
        sub = _subject(headers) if self._has_token.get(route) else NOTHING
        milliseconds = {"responseLatency": f"{(time.monotonic() - began) * 1000:.0f}"}
        self._log({"routeKey": route, "requestId": uuid4().hex, **milliseconds, **_outcome(answer, sub)})
        return answer

    def _log(self, values: Mapping[str, str]) -> None:
        line = written(self._format, {"requestTime": datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"), **values})
        event: Any = {"timestamp": int(time.time() * 1000), "message": line}
        self._clients.logs.put_log_events(logGroupName=self._log_group, logStreamName=_LOG_STREAM, logEvents=[event])


def route_of(method: str, path: str, routes: Mapping[str, Any]) -> str:
    """The key of the route that takes the request, one without variables before others; a dash if there is none."""
    for key in sorted(routes, key=lambda key: key.count("{")):
        verb, _, pattern = key.partition(" ")
        if verb == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path.partition("?")[0]):
            return key
    return NOTHING


def _outcome(answer: requests.Response | None, sub: str) -> dict[str, str]:
    """A function is told of unless the gateway itself refused: then its body has a message and nothing else."""
    if answer is None:
        return {"status": f"{HTTPStatus.TOO_MANY_REQUESTS:d}", "error.message": "Too Many Requests"}
    status = str(answer.status_code)
    if answer.status_code >= HTTPStatus.BAD_REQUEST and (message := _only_message(answer)):
        return {"status": status, "error.message": message}
    return {"status": status, "integration.status": status, "authorizer.claims.sub": sub}


def _only_message(answer: requests.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        return ""
    return str(said["message"]) if isinstance(said, dict) and set(said) == {"message"} else ""


def _subject(headers: Mapping[str, str]) -> str:
    """Of a token that the engine's gateway has verified."""
    payload = headers.get("Authorization", "..").split(".")[1]
    try:
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])
    except (ValueError, KeyError):
        return NOTHING


@contextmanager
def standing_before(gateway: Gateway) -> Iterator[str]:
    """Yields the URL that stands for the API's."""

    class Handler(_Handler):
        behind = gateway

    with serving(ThreadingHTTPServer((LOOPBACK, 0), Handler)) as url:
        yield url


class _Handler(BaseHTTPRequestHandler):
    behind: Gateway

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        answer = self.behind.answer(self.command, self.path, dict(self.headers), body)
        if answer is None:
            self._send(HTTPStatus.TOO_MANY_REQUESTS, {"Content-Type": "application/json"}, b'{"message":"Too Many Requests"}')
        else:
            self._send(answer.status_code, answer.headers, answer.content)

    def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response_only(status)
        kept = {name: value for name, value in headers.items() if name.lower() not in _NOT_HANDED_ON}
        for name, value in {**kept, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None: ...
