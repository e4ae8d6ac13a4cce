"""The route table as an OpenAPI 3.1 document."""

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, get_args

from pydantic import BaseModel

from openapi import examples
from openapi.backend import BackendOrder
from openapi.model import Answer, Header, Route
from openapi.problems import SHAPES, GatewayMessage, Problem, errors_of, problem_answers
from openapi.refusals import examples_of
from openapi.schemas import REF, Schema, components
from sorami import VERSION

_ABOUT = """\
Browsers ask for images, a generation backend makes them and reports to the webhook, and users hear of every outcome.

Texts for people (`message`, `detail`, `title` of notifications) are French, or English on a stack with `Locale=en`; programs
branch on `code`, `status`, `type` and `error_code`. Times are ISO 8601 in UTC. Fields may be added to answers, never renamed.
Errors are `application/problem+json`; what the gateway says by itself is `{"message": "…"}`, so go by the HTTP status first and
by `code` where there is one."""
_TAGS = (
    ("Images", "Start jobs, follow them, get their images."),
    ("Notifications", "What a user was told of."),
    ("Generation backends", "What a backend reports, and what it is asked."),
    ("Service", "The API itself."),
)
_PLAIN: Mapping[Any, Schema] = {str: {"type": "string"}, dict: {"type": "object"}}
_SECURITY = {
    "userToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the stack's `JwtIssuer` for its `JwtAudience`, with `sub` and `exp`. `sub` is the user.",
    },
    "webhookSecret": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Webhook-Secret",
        "description": "What this service and the generation backend share. The stack's `WebhookAuth` says whether it asks for "
        "this (the default), for a signature, or for both.",
    },
    "webhookSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "A signature of [Standard Webhooks](https://www.standardwebhooks.com), made with the same secret; "
        "`webhook-id` and `webhook-timestamp` go with it.",
    },
    "backendKey": {"type": "http", "scheme": "bearer", "description": "The backend's own key, sent by this service."},
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The whole document. Its one server is relative: the API that it was fetched from."""
    schemas = components(_requests(routes), _shapes(routes))
    queries = {route.query.__name__: schemas.pop(route.query.__name__) for route in routes if route.query}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method] = _operation(route, queries)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sorami Images", "version": VERSION, "summary": "AI images, as a service", "description": _ABOUT},
        "servers": [{"url": "./", "description": "Where this document comes from"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS],
        "paths": paths,
        "webhooks": {"imageOrder": {"post": _order()}},
        "components": {"securitySchemes": _SECURITY, "schemas": schemas, "examples": _refusals(routes)},
    }


def as_text(content: Mapping[str, Any]) -> str:
    """The document as its file has it."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _requests(routes: Sequence[Route]) -> list[type[BaseModel]]:
    return [model for route in routes for model in (route.query, route.body) if model is not None]


def _shapes(routes: Sequence[Route]) -> list[Any]:
    own = [shape for route in routes for answer in route.answers for shape in _parts(answer.shape)]
    return list(dict.fromkeys([*own, Problem, *SHAPES.values(), GatewayMessage, BackendOrder]))


def _parts(shape: Any) -> tuple[Any, ...]:
    """The shapes of `sorami.wire` in it: a union's members, one alone, or none in what has no fields of its own."""
    if shape is None or shape in _PLAIN:
        return ()
    return get_args(shape) or (shape,)


def _refusals(routes: Sequence[Route]) -> dict[str, Any]:
    return dict(sorted(examples_of([kind for route in routes for kind in errors_of(route)]).items()))


def _operation(route: Route, queries: Mapping[str, Schema]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.text,
        "security": [{scheme: []} for scheme in route.proof.value],
    }
    if parameters := list(_parameters(route, queries)):
        operation["parameters"] = parameters
    if route.body:
        operation["requestBody"] = _body(route.body, route.body_examples or {})
    responses = [(answer.status, _response(answer)) for answer in route.answers]
    operation["responses"] = {str(status.value): content for status, content in [*responses, *problem_answers(route)]}
    return operation


def _parameters(route: Route, queries: Mapping[str, Schema]) -> Iterator[dict[str, Any]]:
    if "{id}" in route.path:
        yield {
            "name": "id",
            "in": "path",
            "required": True,
            "description": "The job's id.",
            "schema": {"$ref": REF.format(model="JobId")},
            "example": examples.JOB_ID,
        }
    query = queries[route.query.__name__] if route.query else {"properties": {}}
    for name, schema in query["properties"].items():
        plain = {key: value for key, value in schema.items() if key != "description"}
        yield {"name": name, "in": "query", "description": schema["description"], "schema": plain}
    for header in route.headers:
        yield {"name": header.name, "in": "header", "description": header.text, "schema": dict(header.schema)}


def _body(model: type[BaseModel], samples: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": REF.format(model=model.__name__)}, "examples": _named(samples)}},
    }


def _response(answer: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.text}
    if answer.headers:
        response["headers"] = {header.name: _header(header) for header in answer.headers}
    if answer.shape is not None:
        content: dict[str, Any] = {"schema": _schema(answer.shape)}
        if answer.examples:
            content["examples"] = _named(answer.examples)
        response["content"] = {answer.media_type: content}
    if answer.links:
        response["links"] = {
            link.name.replace(" ", "_"): {"operationId": link.operation_id, "parameters": dict(link.parameters)}
            for link in answer.links
        }
    return response


def _schema(shape: Any) -> Schema:
    refs = [{"$ref": REF.format(model=part.__name__)} for part in _parts(shape)]
    if not refs:
        return _PLAIN[shape]
    return refs[0] if len(refs) == 1 else {"oneOf": refs}


def _header(header: Header) -> dict[str, Any]:
    return {"description": header.text, "required": header.always, "schema": dict(header.schema)}


def _named(samples: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"value": value} for name, value in samples.items()}


def _order() -> dict[str, Any]:
    """What this service sends: `POST {BackendUrl}/api/images/generate`."""
    return {
        "operationId": "orderImages",
        "tags": ["Generation backends"],
        "summary": "What a backend is asked: POST {BackendUrl}/api/images/generate",
        "description": "A job for the generation backend. Work once for each `job_id`, however often it is sent, put the files "
        "at `uploads` and report to `webhook_url`. The same backend is asked `GET {BackendUrl}/api/images/status/{job_id}` and "
        "`GET {BackendUrl}/api/images/result/{job_id}` when a job has gone silent.",
        "security": [{"backendKey": []}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "The job's id.",
                "schema": {"$ref": REF.format(model="JobId")},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": REF.format(model="BackendOrder")},
                    "examples": _named({"order": examples.ORDER}),
                }
            },
        },
        "responses": {
            "2XX": {"description": "Accepted. The body is not needed."},
            "4XX": {
                "description": "400, 413, 415, 422 and 451 refuse this job for good: it is FAILED, and the user sees the "
                "`message`, `detail` or `error` of a JSON body. Others say nothing of this job: it waits and is sent again."
            },
            "5XX": {"description": f"{HTTPStatus.BAD_GATEWAY.value} and its like: the job waits and is sent again."},
        },
    }
