from typing import Any

from local.gateway import Authorizer, Route, authorizers_of, cors_of, routes_of

PARAMETERS = {
    "JwtIssuer": "https://issuer.example",
    "JwtAudience": "sorami-images",
    "AllowedOrigins": "http://localhost:3000, https://app.example",
}


def operation(function: str, *security: dict[str, list[str]]) -> dict[str, Any]:
    uri = f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{function}}}/invocations"
    found: dict[str, Any] = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": {"Fn::Sub": uri}}, "responses": {}}
    return found | ({"security": list(security)} if security else {})


def body(paths: dict[str, Any]) -> dict[str, Any]:
    """What aws-sam-translator 1.115 makes of an HttpApi with a JWT authorizer."""
    rule = {
        "jwtConfiguration": {"issuer": {"Ref": "JwtIssuer"}, "audience": [{"Ref": "JwtAudience"}]},
        "identitySource": "$request.header.Authorization",
        "type": "jwt",
    }
    schemes = {"Jwt": {"type": "oauth2", "x-amazon-apigateway-authorizer": rule}}
    return {"openapi": "3.0.1", "paths": paths, "components": {"securitySchemes": schemes}}


def test_every_path_and_method_becomes_one_route_of_its_own_function() -> None:
    document = body(
        {
            "/api/notifications": {"get": operation("QueryFunction.Arn"), "put": operation("QueryFunction.Arn")},
            "/api/images/generate": {"post": operation("GenerateFunction.Arn"), "parameters": []},
        }
    )
    assert [(route.key, route.function) for route in routes_of(document)] == [
        ("GET /api/notifications", "QueryFunction"),
        ("PUT /api/notifications", "QueryFunction"),
        ("POST /api/images/generate", "GenerateFunction"),
    ]


def test_a_route_behind_an_authorizer_stays_behind_it() -> None:
    document = body({"/api/images/user": {"get": operation("QueryFunction.Arn", {"Jwt": ["read"]})}})
    assert list(routes_of(document)) == [Route("GET /api/images/user", "QueryFunction", "Jwt", ("read",))]


def test_a_route_that_sam_marks_with_none_is_open() -> None:
    document = body({"/health": {"get": operation("QueryFunction.Arn", {"NONE": []})}})
    assert list(routes_of(document)) == [Route("GET /health", "QueryFunction", None)]


def test_none_beside_a_real_authorizer_does_not_open_the_route() -> None:
    document = body({"/api/images/user": {"get": operation("QueryFunction.Arn", {"NONE": []}, {"Jwt": []})}})
    assert [route.authorizer for route in routes_of(document)] == ["Jwt"]


def test_any_method_the_default_route_and_an_alias_keep_their_meaning() -> None:
    document = body(
        {
            "/proxy": {"x-amazon-apigateway-any-method": operation("QueryFunctionAliaslive")},
            "$default": {"x-amazon-apigateway-any-method": operation("QueryFunction.Arn")},
        }
    )
    found = [(route.key, route.target, route.function) for route in routes_of(document)]
    assert found == [("ANY /proxy", "QueryFunctionAliaslive", "QueryFunction"), ("$default", "QueryFunction", "QueryFunction")]


def test_issuer_and_audience_come_from_the_deployed_parameters() -> None:
    expected = Authorizer("Jwt", "https://issuer.example", ("sorami-images",), "$request.header.Authorization")
    assert list(authorizers_of(body({}), PARAMETERS)) == [expected]


def test_the_origins_parameter_becomes_a_list_and_the_rest_stays_as_written() -> None:
    written = {"CorsConfiguration": {"AllowOrigins": {"Ref": "AllowedOrigins"}, "AllowMethods": ["GET"], "MaxAge": 600}}
    assert cors_of(written, PARAMETERS) == {
        "AllowOrigins": ["http://localhost:3000", "https://app.example"],
        "AllowMethods": ["GET"],
        "MaxAge": 600,
    }


def test_an_api_without_cors_gets_none() -> None:
    assert cors_of({}, PARAMETERS) == {}
