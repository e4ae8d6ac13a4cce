"""What the template's parameters take and refuse, and in which words; what `make deploy` is told of them."""

from typing import Any

import pytest

from local.parameters import declared, faults_of_values, said
from tests.support.template import template

KNOWN = declared()
INTERFACE = template()["Metadata"]["AWS::CloudFormation::Interface"]


def test_parameters_are_read_off_the_template_as_it_stands() -> None:
    assert template()["Parameters"] == KNOWN


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_parameter_has_a_rule_and_says_in_words_what_it_must_be(name: str) -> None:
    rule = KNOWN[name]
    bounds = {"MinValue", "MaxValue"} if rule["Type"] == "Number" else {"AllowedPattern"}
    assert "AllowedValues" in rule or bounds <= set(rule)
    assert rule["ConstraintDescription"].startswith("must be ")
    assert len(rule["Description"]) > 20


def test_what_has_no_default_has_a_pattern() -> None:
    asked = [name for name, rule in KNOWN.items() if "Default" not in rule]
    assert asked == ["JwtIssuer", "BackendUrl"]
    assert all("AllowedPattern" in KNOWN[name] for name in asked)


def test_every_parameter_is_in_one_group_and_has_a_label() -> None:
    grouped = [name for group in INTERFACE["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(KNOWN) == sorted(INTERFACE["ParameterLabels"])


@pytest.mark.parametrize("name", [name for name, rule in KNOWN.items() if "Default" in rule])
def test_a_default_is_allowed(name: str) -> None:
    assert list(faults_of_values({name: str(KNOWN[name]["Default"])}, KNOWN)) == []


GOOD: list[tuple[str, str]] = [
    ("JwtIssuer", "https://clerk.sorami.app/tenant"),
    ("BackendUrl", "https://backend.sorami.app:8443/v1"),
    ("WebhookUrl", "https://api.sorami.app/api/webhooks/image-completion"),
    ("AllowedOrigins", "https://sorami.app, http://localhost:3000"),
    ("AllowedOrigins", "*"),
    ("ExtraImageArns", "arn:aws:s3:::one/*,arn:aws-cn:s3:::two/images/*"),
    ("DomainName", "images-api.sorami.app"),
    ("CertificateArn", "arn:aws:acm:eu-west-3:123456789012:certificate/12ab34cd-0000-4a4a-8b8b-0123456789ab"),
    ("HostedZoneId", "Z0123456789ABCDEFGHIJ"),
    ("MaxOpenJobsPerUser", "0"),
    ("AlarmEmail", "ops@sorami.app"),
    ("SnapStart", "on"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_what_makes_sense_is_taken(name: str, value: str) -> None:
    assert list(faults_of_values({name: value}, KNOWN)) == []


BAD: list[tuple[str, str]] = [
    ("Environment", "production"),
    ("Arch", "amd64"),
    ("Locale", "FR"),
    ("JwtIssuer", "http://issuer.sorami.app"),
    ("JwtIssuer", "issuer.sorami.app"),
    ("JwtIssuer", ""),
    ("JwtAudience", ""),
    ("JwtAudience", "two words"),
    ("BackendUrl", "backend.sorami.app"),
    ("BackendUrl", "https://backend.sorami.app/?key=1"),
    ("WebhookUrl", "https://api.sorami.app"),
    ("WebhookUrl", "https://api.sorami.app/api/webhooks/image-completion/"),
    ("WebhookAuth", "none"),
    ("AllowedOrigins", "https://sorami.app/"),
    ("AllowedOrigins", "sorami.app"),
    ("AllowedOrigins", "https://sorami.app,"),
    ("ExtraImageArns", "my-bucket"),
    ("ExtraImageArns", "arn:aws:s3:::my-bucket"),
    ("ImageRetentionDays", "0"),
    ("DomainName", "https://api.sorami.app"),
    ("DomainName", "API.sorami.app"),
    ("DomainName", "localhost"),
    ("CertificateArn", "12ab34cd"),
    ("HostedZoneId", "/hostedzone/Z0123"),
    ("FirstLookSeconds", "1m"),
    ("SilenceSeconds", "0"),
    ("JobDeadlineSeconds", "-1"),
    ("LongestJobSeconds", "86401"),
    ("MaxOpenJobsPerUser", "1001"),
    ("MaxOpenJobsPerUser", "٣"),
    ("RequestsPerSecond", "0"),
    ("CreatesPerSecond", "2.5"),
    ("NotifyParallelism", "11"),
    ("ReconcileJobsPerRun", "100001"),
    ("ConcurrencyAlarmAt", "0"),
    ("EmulatorHost", "localhost:4566"),
    ("LogLevel", "debug"),
    ("LogRetentionDays", "2"),
    ("Tracing", "true"),
    ("AlarmEmail", "ops at sorami.app"),
    ("AlarmEmail", "ops@sorami.app,dev@sorami.app"),
    ("SnapStart", "yes"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_makes_none_is_refused_in_the_templates_words(name: str, value: str) -> None:
    [fault] = faults_of_values({name: value}, KNOWN)
    assert fault == f"{name} is {value!r}: it {KNOWN[name]['ConstraintDescription'][:-1]}"


def test_a_wrong_value_of_every_parameter_was_tried() -> None:
    assert {name for name, _ in BAD} == set(KNOWN)


def test_a_name_that_the_template_does_not_know_is_told() -> None:
    """`sam deploy` passes over it, and AlarmEmail stays empty."""
    assert list(faults_of_values({"AlarmMail": "ops@sorami.app"}, KNOWN)) == ["the template has no parameter AlarmMail"]


def test_the_environment_wins_over_samconfig_and_an_empty_variable_says_nothing() -> None:
    environment = {
        "PARAMETER_BackendUrl": "https://b.sorami.app",
        "PARAMETER_AlarmEmail": "",
        "PARAMETER_LogLevel": "INFO",
        "ARCH": "x86_64",
        "PATH": "/bin",
    }
    expected: dict[str, Any] = {
        "Environment": "dev",
        "LogLevel": "INFO",
        "BackendUrl": "https://b.sorami.app",
        "Arch": "x86_64",
    }
    assert said(["Environment=dev", "LogLevel=DEBUG"], environment) == expected
    assert said("Environment=dev", {"ARCH": ""}) == {"Environment": "dev"}
