"""Gives the deployed HTTP API its routes, which MiniStack's CloudFormation leaves out.

SAM compiles HttpApi events into the OpenAPI `Body` of AWS::ApiGatewayV2::Api, and MiniStack 1.5.33 ignores that property: a
deployed API answers 404 to everything. This reads the same document back and makes the authorizers, integrations and routes by
the public API Gateway calls. Its SAM transform also takes parameters' defaults instead of their values, so CORS comes from the
template as it was written. Run it after every deploy; it replaces what it made before. It can go when a fresh `sam deploy` there
yields an API whose `get_routes` is not empty and whose preflight answers an origin from AllowedOrigins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml
from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
from mypy_boto3_apigatewayv2.type_defs import CorsTypeDef
from mypy_boto3_cloudformation import CloudFormationClient
from mypy_boto3_cloudformation.literals import TemplateStageType

from local.aliases import LOGICAL_ENDING

Document = Mapping[str, Any]
Values = Mapping[str, str]
_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}


@dataclass(frozen=True)
class Route:
    key: str
    target: str  # logical id of a function, or of its alias
    authorizer: str | None
    scopes: tuple[str, ...] = ()

    @property
    def function(self) -> str:
        """Logical id."""
        return self.target.removesuffix(LOGICAL_ENDING)


@dataclass(frozen=True)
class Authorizer:
    name: str
    issuer: str
    audience: tuple[str, ...]
    identity_source: str


def routes_of(body: Document) -> Iterator[Route]:
    """One Route per path and method of an OpenAPI document as SAM writes it."""
    known = body.get("components", {}).get("securitySchemes", {})
    for path, item in body.get("paths", {}).items():
        for method, operation in item.items():
            if method not in _METHODS:
                continue
            verb = "ANY" if method.startswith("x-amazon") else method.upper()
            # SAM writes {"NONE": []} where a route has no authorizer.
            guards = [rule for rule in operation.get("security", []) if known.keys() & rule.keys()]
            name, scopes = next(iter(guards[0].items())) if guards else (None, ())
            key = path if path == "$default" else f"{verb} {path}"
            yield Route(key, _target_in(operation["x-amazon-apigateway-integration"]["uri"]), name, tuple(scopes))


def authorizers_of(body: Document, parameters: Values) -> Iterator[Authorizer]:
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        rule = scheme["x-amazon-apigateway-authorizer"]
        issued = rule["jwtConfiguration"]
        audience = tuple(_value(entry, parameters) for entry in issued["audience"])
        yield Authorizer(name, _value(issued["issuer"], parameters), audience, rule["identitySource"])


def cors_of(properties: Document, parameters: Values) -> CorsTypeDef:
    """An API's CorsConfiguration as written, which is what `update_api` takes; a list parameter becomes a list."""
    cors: Any = {key: _cors_value(value, parameters) for key, value in properties.get("CorsConfiguration", {}).items()}
    return cast(CorsTypeDef, cors)


def import_routes(cloudformation: CloudFormationClient, gateway: ApiGatewayV2Client, stack_name: str) -> list[Route]:
    """Give every HTTP API of the stack its routes and its CORS settings; returns all routes there are now."""
    described = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in described.get("Parameters", [])}
    physical = {
        entry["LogicalResourceId"]: entry.get("PhysicalResourceId", "")
        for entry in cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    }
    processed = _template(cloudformation, stack_name, "Processed")["Resources"]
    written = _template(cloudformation, stack_name, "Original")["Resources"]
    routes: list[Route] = []
    for logical_id, resource in processed.items():
        body = resource["Properties"].get("Body") if resource["Type"] == "AWS::ApiGatewayV2::Api" else None
        if body:
            _clear(gateway, physical[logical_id])
            routes += _fill(gateway, physical[logical_id], body, parameters, physical)
            if cors := cors_of(written[logical_id]["Properties"], parameters):
                gateway.update_api(ApiId=physical[logical_id], CorsConfiguration=cors)
    return routes


def _clear(gateway: ApiGatewayV2Client, api: str) -> None:
    for route in gateway.get_routes(ApiId=api)["Items"]:
        gateway.delete_route(ApiId=api, RouteId=route["RouteId"])
    for integration in gateway.get_integrations(ApiId=api)["Items"]:
        gateway.delete_integration(ApiId=api, IntegrationId=integration["IntegrationId"])
    for authorizer in gateway.get_authorizers(ApiId=api)["Items"]:
        gateway.delete_authorizer(ApiId=api, AuthorizerId=authorizer["AuthorizerId"])


def _fill(gateway: ApiGatewayV2Client, api: str, body: Document, parameters: Values, physical: Values) -> list[Route]:
    authorizers = {
        one.name: gateway.create_authorizer(
            ApiId=api,
            Name=one.name,
            AuthorizerType="JWT",
            IdentitySource=[one.identity_source],
            JwtConfiguration={"Issuer": one.issuer, "Audience": list(one.audience)},
        )["AuthorizerId"]
        for one in authorizers_of(body, parameters)
    }
    routes = list(routes_of(body))
    integrations = {
        target: gateway.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=physical[target], PayloadFormatVersion="2.0"
        )["IntegrationId"]
        for target in sorted({route.target for route in routes})
    }
    for route in routes:
        guard: dict[str, Any] = {"AuthorizationType": "NONE"}
        if route.authorizer:
            guard = {"AuthorizationType": "JWT", "AuthorizerId": authorizers[route.authorizer]}
            guard["AuthorizationScopes"] = list(route.scopes)
        gateway.create_route(ApiId=api, RouteKey=route.key, Target=f"integrations/{integrations[route.target]}", **guard)
    return routes


def _target_in(uri: Document | str) -> str:
    """The logical id in `…functions/${GenerateFunction.Arn}/invocations`; an alias stands there without `.Arn`."""
    text = uri["Fn::Sub"] if isinstance(uri, Mapping) else uri
    inner: str = text.rsplit("functions/${", 1)[1].split("}", 1)[0]
    return inner.removesuffix(".Arn")


def _value(node: Any, parameters: Values) -> str:
    if isinstance(node, Mapping):
        return parameters[node["Ref"]] if "Ref" in node else node["Fn::Sub"]
    return str(node)


def _cors_value(node: Any, parameters: Values) -> Any:
    if isinstance(node, Mapping) and "Ref" in node:
        return [part.strip() for part in parameters[node["Ref"]].split(",") if part.strip()]
    return node


def _template(cloudformation: CloudFormationClient, stack_name: str, stage: TemplateStageType) -> Document:
    """What `sam deploy` uploads is YAML in CloudFormation's long form (`Ref:`, not `!Ref`), so a plain loader reads it."""
    body: Any = cloudformation.get_template(StackName=stack_name, TemplateStage=stage)["TemplateBody"]
    document: Document = yaml.safe_load(body) if isinstance(body, str) else body
    return document
