"""openapi.json says what the template, the route table and the code say."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator

from openapi.__main__ import FILE
from openapi.document import as_text, document
from openapi.model import Proof, Route
from openapi.problems import PROBLEM, errors_of
from openapi.routes import ROUTES
from sorami.backend_request import backend_request
from sorami.errors import InvalidRequest
from sorami.events import parse_body
from sorami.problems import problem, status_of
from sorami.wire.requests import GenerateRequest
from tests.support.errors import an
from tests.support.gateway import request
from tests.support.samples import pending_job
from tests.support.template import properties, resources

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
OPERATIONS = {(path, method): one for path, item in DOCUMENT["paths"].items() for method, one in item.items()}


def checked(schema: dict[str, Any], value: Any) -> None:
    """Raises unless the value fits the schema, whose references lead into the document."""
    whole = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def template_routes() -> Iterator[tuple[str, str, bool]]:
    for function in resources("AWS::Serverless::Function"):
        for event in properties(function).get("Events", {}).values():
            said = event["Properties"]
            if event["Type"] == "HttpApi":
                yield f"{said['Method']} {said['Path']}", function, said.get("Auth", {}).get("Authorizer") != "NONE"


def test_openapi_json_is_what_make_openapi_would_write() -> None:
    assert FILE.read_text(encoding="utf-8") == as_text(document(ROUTES)), "stale: run `make openapi`"


def test_openapi_json_is_valid_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_table_has_the_templates_routes_with_their_functions_and_their_proofs() -> None:
    table = {(route.key, route.function, route.proof is Proof.USER_TOKEN) for route in ROUTES}
    assert table == set(template_routes())


def test_the_document_has_the_tables_routes() -> None:
    assert set(OPERATIONS) == {(route.path, route.method) for route in ROUTES}
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(ROUTES)


def examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Each example of the document: a name for it, the schema that it should fit, and itself."""
    bodies = [("imageOrder", DOCUMENT["webhooks"]["imageOrder"]["post"])] + [(o["operationId"], o) for o in OPERATIONS.values()]
    for name, operation in bodies:
        media = list(operation.get("requestBody", {}).get("content", {}).values())
        media += [one for answer in operation["responses"].values() for one in answer.get("content", {}).values()]
        for content in media:
            for title, example in content.get("examples", {}).items():
                shared = DOCUMENT["components"]["examples"].get(example.get("$ref", "").rpartition("/")[2], example)
                yield f"{name}, {title}", content["schema"], shared["value"]


@pytest.mark.parametrize(("schema", "example"), [pytest.param(s, e, id=name) for name, s, e in examples()])
def test_every_example_fits_its_schema(schema: dict[str, Any], example: Any) -> None:
    checked(schema, example)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_every_error_of_a_route_is_answered_as_described(route: Route) -> None:
    responses = OPERATIONS[route.path, route.method]["responses"]
    for kind in errors_of(route):
        answer = problem(an(kind), request("GET /x"), "fr")
        described = responses[str(answer["statusCode"])]
        assert answer["statusCode"] == status_of(kind)
        checked(described["content"][PROBLEM]["schema"], json.loads(answer["body"]))
        of_this_error = answer["headers"].keys() - {
            "content-type",
            "cache-control",
            "x-content-type-options",
            "content-security-policy",
        }
        assert of_this_error <= {name.lower() for name in described.get("headers", {})}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_a_problem_with_another_code_is_not_as_described(route: Route) -> None:
    for status, answer in OPERATIONS[route.path, route.method]["responses"].items():
        if PROBLEM in answer.get("content", {}):
            with pytest.raises(ValidationError, match="made_up"):
                checked(
                    answer["content"][PROBLEM]["schema"], {**_A_PROBLEM, "status": "PENDING" if status == "409" else int(status)}
                )


_A_PROBLEM = dict.fromkeys(("type", "title", "detail", "request_id", "error", "message"), "x") | {"code": "made_up"}


def test_the_backend_is_asked_what_the_webhooks_entry_says() -> None:
    order = DOCUMENT["webhooks"]["imageOrder"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    asked = backend_request(
        pending_job(), webhook_url="https://api.example.org/hook", slots=[], input_image_url="https://images.example.org/cat.png"
    )
    checked(order, asked)
    assert set(asked) == set(DOCUMENT["components"]["schemas"]["BackendOrder"]["properties"])


@pytest.mark.parametrize(
    ("prompt", "is_good"),
    [
        ("un chat", True),
        ("a" * 4000, True),
        ("🐱" * 4000, True),
        (" \n" * 9 + "é" * 4000 + "\u3000" * 9, True),
        ("a" + " " * 5000, True),
        ("a" * 4001, False),
        ("a" + " " * 3999 + "b", False),
        ("", False),
        (" \t ", False),
        ("a\x00b", False),
        ("a\rb", False),
        ("\ra", True),
    ],
    ids=lambda value: ascii(value)[:12],
)
def test_the_document_and_the_service_take_the_same_prompts(prompt: str, is_good: bool) -> None:
    schema = DOCUMENT["components"]["schemas"]["GenerateRequest"]["properties"]["prompt"]
    assert Draft202012Validator(schema).is_valid(prompt) is is_good
    body = {"prompt": prompt}
    if is_good:
        parse_body(GenerateRequest, request("POST /api/images/generate", body=body), "fr")
    else:
        with pytest.raises(InvalidRequest):
            parse_body(GenerateRequest, request("POST /api/images/generate", body=body), "fr")


def test_every_schema_is_used() -> None:
    text = json.dumps(DOCUMENT)
    assert [name for name in DOCUMENT["components"]["schemas"] if f'"#/components/schemas/{name}"' not in text] == []
