"""Keys at rest and in transit, and what the emulator does not enforce: asserted from the template (docs/security.md)."""

import json
import re

import pytest

from tests.security.iam_matrix import BEGIN, DOCUMENT, END, permissions, table, with_table
from tests.support.iam_calls import GRANTED
from tests.support.roles import actions, as_list, role_of, routes, statements
from tests.support.template import properties, resources, template

FUNCTIONS = sorted(resources("AWS::Serverless::Function"))
ROLES = sorted(resources("AWS::IAM::Role"))
CALLED = ("Generate", "Webhook", "Query", "Discard")


@pytest.mark.parametrize(
    ("policy", "targets", "guarded"),
    [
        ("ImagesBucketPolicy", "Bucket", {"ImagesBucket"}),
        ("NotificationsTopicPolicy", "Topics", {"NotificationsTopic"}),
        ("AlarmsTopicPolicy", "Topics", set(resources("AWS::SNS::Topic")) - {"NotificationsTopic"}),
        ("QueuesPolicy", "Queues", set(resources("AWS::SQS::Queue"))),
    ],
)
def test_bucket_topic_and_queues_speak_tls_only_but_for_a_local_stack(policy: str, targets: str, guarded: set[str]) -> None:
    assert template()["Resources"][policy]["Condition"] == "HasTls"
    assert {target["Ref"] for target in as_list(properties(policy)[targets])} == guarded
    [statement] = [one for one in properties(policy)["PolicyDocument"]["Statement"] if one["Sid"] == "OnlyOverTls"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert template()["Conditions"]["HasTls"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "local"]}]}


def test_no_policy_of_a_resource_grants_anything_but_alarms_to_their_topic() -> None:
    """The emulator lets every role publish to the topic; on AWS only a role that names it may, since nothing else grants it."""
    kinds = ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
    found = [one for kind in kinds for one in resources(kind).values()]
    said = [statement for one in found for statement in one["Properties"]["PolicyDocument"]["Statement"]]
    [granted] = [one for one in said if one["Effect"] != "Deny"]
    assert (granted["Principal"], granted["Resource"]) == ({"Service": "cloudwatch.amazonaws.com"}, {"Ref": "AlarmsTopic"})
    assert granted["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    publishers = [role for role in ROLES if "sns:Publish" in actions(role)]
    assert publishers == ["NotifyRole"]


def test_topic_queues_and_bucket_are_encrypted_where_aws_does_not_do_so_by_itself() -> None:
    """Tables, logs and secrets always are (docs/security.md)."""
    assert {name: topic["Properties"]["KmsMasterKeyId"] for name, topic in resources("AWS::SNS::Topic").items()} == {
        "NotificationsTopic": "alias/aws/sns",
        "AlarmsTopic": {"Fn::If": ["HasTls", {"Ref": "AlarmsKey"}, "alias/aws/sns"]},  # alarms may not use AWS's own key
    }
    assert all(queue["Properties"]["SqsManagedSseEnabled"] is True for queue in resources("AWS::SQS::Queue").values())
    [rule] = properties("ImagesBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_environment_holds_a_secret_only_the_name_of_one(function: str) -> None:
    common = template()["Globals"]["Function"]["Environment"]["Variables"]
    variables = {**common, **properties(function)["Environment"]["Variables"]}
    telling = re.compile("SECRET|KEY|TOKEN|PASSWORD|CREDENTIAL")
    assert {name for name in variables if telling.search(name)} <= {"SECRET_ID", "CURSOR_SECRET_ID"}
    for name, value in variables.items():
        words = json.dumps(value)
        assert "resolve:" not in words
        assert "Secret" not in words or (name.endswith("SECRET_ID") and value["Fn::GetAtt"][1] == "Id")


def test_no_parameter_carries_a_secret() -> None:
    for name, parameter in template()["Parameters"].items():
        assert "NoEcho" not in parameter
        assert not re.search("secret|key|token|password", name, re.IGNORECASE)


@pytest.mark.parametrize(
    ("issuer", "is_taken"),
    [
        ("https://your-instance.clerk.accounts.dev", True),
        ("https://issuer.example.net/tenant/", True),
        ("http://127.0.0.1:41000", True),
        ("http://issuer.example.net", False),
        ("http://127.0.0.1.example.net:80", False),
        ("http://localhost:41000", False),
    ],
)
def test_keys_of_an_issuer_are_fetched_over_tls_but_for_a_local_runs_own(issuer: str, is_taken: bool) -> None:
    assert bool(re.search(template()["Parameters"]["JwtIssuer"]["AllowedPattern"], issuer)) is is_taken


# What the emulator does not enforce


def test_the_http_api_may_call_exactly_the_functions_that_it_has_routes_to() -> None:
    """SAM gives each HttpApi event a permission for its own route; none is written by hand, where it could be wider."""
    written = {one["Properties"]["FunctionName"]["Ref"] for one in resources("AWS::Lambda::Permission").values()}
    assert written == {"LiveFunction"}
    assert {name for name in FUNCTIONS if routes(name)} == {f"{name}Function" for name in (*CALLED, "Live")}


@pytest.mark.parametrize("function", ["NotifyFunction", "IngestFunction"])
def test_a_stream_is_read_and_its_rest_parked_by_the_functions_own_role(function: str) -> None:
    """The mapping works with the function's role: without these it would stand still on AWS, while the emulator lets it."""
    [event] = [one["Properties"] for one in properties(function)["Events"].values() if one["Type"] == "DynamoDB"]
    granted = {action: json.dumps(one["Resource"]) for one in statements(role_of(function)) for action in as_list(one["Action"])}
    for action in ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"):
        assert granted[action] == json.dumps(event["Stream"])
    parked = json.dumps(event["DestinationConfig"]["OnFailure"]["Destination"])
    assert parked in [json.dumps(one["Resource"]) for one in statements(role_of(function)) if one["Action"] == "sqs:SendMessage"]


def test_only_reconcile_has_a_schedule() -> None:
    scheduled = [name for name in FUNCTIONS for event in properties(name)["Events"].values() if event["Type"] == "Schedule"]
    assert scheduled == ["ReconcileFunction"]


def test_no_secret_stands_in_the_template() -> None:
    for secret in resources("AWS::SecretsManager::Secret"):
        said = properties(secret)
        assert "SecretString" not in said
        assert said["GenerateSecretString"]["PasswordLength"] >= 32
        assert set(json.loads(said["GenerateSecretString"]["SecretStringTemplate"]).values()) <= {""}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_logs_of_its_own_and_no_other(function: str) -> None:
    own = properties(function)["LoggingConfig"]["LogGroup"]["Ref"]
    granted = [one for one in permissions() if f"{one.function}Function" == function and one.action.startswith("logs:")]
    assert {(one.action, one.resource) for one in granted} == {("logs:CreateLogStream", own), ("logs:PutLogEvents", own)}


# The table of permissions


def test_the_table_in_the_document_is_the_templates() -> None:
    """After a change of a role: `make iam-matrix`; it says how many there are."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert table() in document
    assert f"| `make iam-matrix` | {len(permissions())} permissions of {len(FUNCTIONS)} functions |" in document


def test_every_permission_has_a_call_that_tries_it_and_no_call_is_left_over() -> None:
    assert {(one.action, one.resource) for one in permissions() if not one.condition} == set(GRANTED)


def test_the_table_names_every_function_and_marks_what_is_conditional() -> None:
    assert {one.function for one in permissions()} == {name.removesuffix("Function") for name in FUNCTIONS}
    assert {one.condition for one in permissions()} == {"", "IsTraced", "HasExtraImages"}
    assert "| Webhook | `dynamodb:UpdateItem` | `JobsTable` |" in table()


def test_a_document_without_markers_is_refused() -> None:
    assert with_table(f"before {BEGIN} old {END} after") == f"before {table()} after"
    with pytest.raises(ValueError, match="markers"):
        with_table("nothing")
