"""What each function's role may do: what its code needs, each action named, and nothing else."""

import json

import pytest

from tests.support.roles import actions, as_list, role_of, statements
from tests.support.template import properties, resources

FUNCTIONS = sorted(resources("AWS::Serverless::Function"))
ROLES = sorted(resources("AWS::IAM::Role"))


def test_each_function_has_a_role_of_its_own() -> None:
    assert sorted(role_of(function) for function in FUNCTIONS) == ROLES


_CONNECTIONS = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${LiveApi}/live"
MANY_BY_NATURE = [
    {"Fn::Sub": "${ImagesBucket.Arn}/images/*"},
    {"Fn::Sub": "${ImagesBucket.Arn}/uploads/*"},
    {"Fn::Sub": f"{_CONNECTIONS}/POST/@connections/*"},
    {"Fn::Sub": f"{_CONNECTIONS}/DELETE/@connections/*"},
]
"""Objects and connections have names that nobody knows before."""


@pytest.mark.parametrize("role", ROLES)
def test_every_permission_is_named_and_none_is_a_wildcard(role: str) -> None:
    for statement in statements(role):
        assert statement["Sid"]
        assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "If", "Condition"}
        # Listing is of a whole bucket, so it is bound to the one folder that it is for.
        assert ("Condition" in statement) is (statement["Action"] == "s3:ListBucket")
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            assert "*" not in action, statement["Sid"]
        if statement.get("If") == "IsTraced":
            assert statement["Resource"] == "*"
            assert all(action.startswith("xray:Put") for action in statement["Action"])
            continue
        for resource in as_list(statement["Resource"]):
            words = json.dumps(resource)
            assert words.count("*") == 0 or resource in MANY_BY_NATURE, statement["Sid"]
            assert "Fn::GetAtt" in words or "Fn::Sub" in words or "Ref" in words, "a resource of this stack"


@pytest.mark.parametrize("role", ROLES)
def test_only_lambda_may_assume_a_role_and_no_ready_made_policy_hangs_on_it(role: str) -> None:
    [statement] = properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")
    assert set(properties(role)) == {"AssumeRolePolicyDocument", "Policies"}


LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}


@pytest.mark.parametrize(
    ("function", "allowed"),
    [
        (
            "GenerateFunction",
            {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:GetItem"}
            | {"s3:PutObject", "s3:GetObject", "secretsmanager:GetSecretValue"},
        ),
        ("WebhookFunction", {"dynamodb:UpdateItem", "secretsmanager:GetSecretValue"}),
        (
            "QueryFunction",
            {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:UpdateItem", "s3:GetObject"}
            | {"secretsmanager:GetSecretValue"},
        ),
        (
            "DiscardFunction",
            {"dynamodb:UpdateItem", "dynamodb:GetItem", "dynamodb:PutItem", "s3:ListBucket", "s3:DeleteObject"},
        ),
        (
            "NotifyFunction",
            {*STREAM, "dynamodb:PutItem", "dynamodb:Query", "dynamodb:DeleteItem", "sns:Publish", "sqs:SendMessage"}
            | {"execute-api:ManageConnections"},
        ),
        (
            "ReconcileFunction",
            {"dynamodb:Scan", "dynamodb:GetItem", "dynamodb:UpdateItem", "s3:PutObject", "s3:GetObject"}
            | {"secretsmanager:GetSecretValue"},
        ),
        (
            "LiveFunction",
            {"dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:DeleteItem"}
            | {"execute-api:ManageConnections"},
        ),
    ],
)
def test_each_function_may_do_what_it_does_and_no_more(function: str, allowed: set[str]) -> None:
    assert actions(role_of(function)) - LOGS - TRACES == allowed


def test_notify_may_not_touch_the_jobs_table() -> None:
    for statement in statements(role_of("NotifyFunction")):
        if "JobsTable" in json.dumps(statement["Resource"]):
            assert statement["Resource"] == {"Fn::GetAtt": ["JobsTable", "StreamArn"]}
            assert set(statement["Action"]) == STREAM


def test_notify_may_only_post_to_connections_and_of_this_api_only() -> None:
    [granted] = [one for one in statements(role_of("NotifyFunction")) if one["Action"] == "execute-api:ManageConnections"]
    assert granted["Resource"] == {"Fn::Sub": f"{_CONNECTIONS}/POST/@connections/*"}


def test_live_may_write_nothing_to_the_jobs_table() -> None:
    granted = [one for one in statements(role_of("LiveFunction")) if "JobsTable" in json.dumps(one["Resource"])]
    assert {action for one in granted for action in as_list(one["Action"])} == {"dynamodb:Query", "dynamodb:BatchGetItem"}


def test_query_may_write_nothing_but_marks_of_notifications() -> None:
    writing = [one for one in statements(role_of("QueryFunction")) if "dynamodb:UpdateItem" in as_list(one["Action"])]
    assert [one["Resource"] for one in writing] == [{"Fn::GetAtt": ["NotificationsTable", "Arn"]}]
