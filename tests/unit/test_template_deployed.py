"""What CloudFormation gets: which deployments publish a version, what an alias leads to, what is only there if asked for."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from tests.support.template import properties, resources
from tests.support.translated import Packaged, translated

ALIASED = ("DiscardFunction", "GenerateFunction", "QueryFunction", "WebhookFunction")
PACKAGES = {
    "as it was": Packaged(),
    "as it was, again": Packaged(),
    "another layer": Packaged(layers={"CommonLayer": "another"}),
    "another page": Packaged(layers={"DocsLayer": "another"}),
    "another release": Packaged(code={name: f"{name}-another" for name in ALIASED}),
    "another generate": Packaged(code={"GenerateFunction": "another"}),
    "another notify": Packaged(code={"NotifyFunction": "another"}),
    "another parameter": Packaged(parameters={"MaxOpenJobsPerUser": "5"}),
}


@cache
def deployed() -> dict[str, dict[str, Any]]:
    """What became of each package: its resources, by logical name."""
    return {name: one["Resources"] for name, one in zip(PACKAGES, translated(*PACKAGES.values()), strict=True)}


def of_type(kind: str, package: str = "as it was") -> dict[str, dict[str, Any]]:
    return {name: one for name, one in deployed()[package].items() if one["Type"] == kind}


def versions(package: str) -> dict[str, str]:
    """Function → logical name of its version: another name is another version."""
    return {one["Properties"]["FunctionName"]["Ref"]: name for name, one in of_type("AWS::Lambda::Version", package).items()}


def published(package: str) -> list[str]:
    before, after = versions("as it was"), versions(package)
    return sorted(name for name in after if after[name] != before[name])


# Versions


def test_the_four_request_functions_have_versions_and_no_other_has() -> None:
    assert sorted(versions("as it was")) == list(ALIASED)


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("as it was, again", []),
        ("another notify", []),
        ("another layer", list(ALIASED)),
        ("another page", ["QueryFunction"]),
        ("another generate", ["GenerateFunction"]),
        ("another release", list(ALIASED)),
    ],
)
def test_a_version_is_published_of_what_has_changed_and_of_nothing_else(package: str, expected: list[str]) -> None:
    assert published(package) == expected


def test_the_transform_does_not_see_the_values_of_parameters() -> None:
    """Why a deploy marks its release in the code (local/release.py). If this fails, the mark can go."""
    assert published("another parameter") == []


# Aliases


def test_the_gateway_calls_request_functions_by_their_alias_and_may_call_nothing_else_of_them() -> None:
    called = {f"{name}Aliaslive" for name in ALIASED} | {"LiveFunction.Arn"}
    body = deployed()["as it was"]["HttpApi"]["Properties"]["Body"]
    uris = [
        operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
        for path in body["paths"].values()
        for operation in path.values()
    ]
    assert {re.findall(r"functions/\$\{([\w.]+)\}", uri)[0] for uri in uris} == called
    allowed = {
        one["Properties"]["FunctionName"]["Ref"]
        for one in of_type("AWS::Lambda::Permission").values()
        if one["Properties"]["Principal"] == "apigateway.amazonaws.com"
    }
    assert allowed == {one.removesuffix(".Arn") for one in called}


def test_streams_schedule_and_live_connections_call_functions_that_have_no_alias() -> None:
    mapped = {one["Properties"]["FunctionName"]["Ref"] for one in of_type("AWS::Lambda::EventSourceMapping").values()}
    scheduled = {
        target["Arn"]["Fn::GetAtt"][0] for one in of_type("AWS::Events::Rule").values() for target in one["Properties"]["Targets"]
    }
    assert (mapped, scheduled) == ({"NotifyFunction", "IngestFunction"}, {"ReconcileFunction"})
    assert "${LiveFunction.Arn}" in properties("LiveIntegration")["IntegrationUri"]["Fn::Sub"]


def test_each_alias_is_shifted_gradually_in_prod_and_at_once_elsewhere() -> None:
    groups = of_type("AWS::CodeDeploy::DeploymentGroup")
    for name in ALIASED:
        said = groups[f"{name}DeploymentGroup"]["Properties"]
        chosen = [one["Fn::Sub"][1]["ConfigName"] for one in said["DeploymentConfigName"]["Fn::If"][1:]]
        assert said["DeploymentConfigName"]["Fn::If"][0] == "IsProduction"
        assert chosen == ["Canary10Percent5Minutes", "AllAtOnce"]
        own = f"{name.removesuffix('Function')}ErrorsAlarm"
        assert said["AlarmConfiguration"]["Alarms"] == [{"Name": {"Ref": own}}, {"Name": {"Ref": "ApiServerErrorsAlarm"}}]
        assert said["AutoRollbackConfiguration"]["Enabled"] is True


def test_no_resource_waits_for_itself() -> None:
    """An alias waits for its deployment group, that for its alarms, and the API for the alias: an alarm that names the API
    would close the circle, which CloudFormation refuses and cfn-lint does not see."""
    wanted = {name: named_in(one) & set(deployed()["as it was"]) for name, one in deployed()["as it was"].items()}
    done: set[str] = set()
    while ready := {name for name in wanted.keys() - done if wanted[name] - {name} <= done}:
        done |= ready
    assert sorted(wanted.keys() - done) == []


def named_in(node: Any) -> set[str]:
    return set(_names(node))


def _names(node: Any) -> Iterator[str]:
    match node:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]} | {"DependsOn": str(name)}:
            yield name
        case {"DependsOn": list(names)}:
            yield from names
        case {"Fn::Sub": str(pattern)} | {"Fn::Sub": [str(pattern), _]}:
            yield from (found.partition(".")[0] for found in re.findall(r"\$\{([\w:.]+)\}", pattern))
    if isinstance(node, Mapping):
        for inner in node.values():
            yield from _names(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _names(inner)


# SnapStart


def test_only_functions_that_are_called_by_an_alias_may_start_from_a_snapshot() -> None:
    said = {name: one["Properties"].get("SnapStart") for name, one in of_type("AWS::Lambda::Function").items()}
    chosen = {"ApplyOn": {"Fn::If": ["UsesSnapStart", "PublishedVersions", "None"]}}
    assert said == {name: chosen if name in ALIASED else None for name in resources("AWS::Serverless::Function")}


# A domain


def test_without_a_name_nothing_of_a_domain_is_made() -> None:
    made = {name: one["Condition"] for name, one in deployed()["as it was"].items() if name.startswith("ApiDomain")}
    assert made == {"ApiDomain": "HasDomain", "ApiDomainMapping": "HasDomain", "ApiDomainRecord": "HasHostedZone"}
    kinds = {"AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping", "AWS::Route53::RecordSet"}
    assert {name for name, one in deployed()["as it was"].items() if one["Type"] in kinds} == set(made)
