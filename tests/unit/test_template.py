"""What no local engine enforces is asserted from the template itself: routes, throttles, retries, retention."""

import json
from typing import Any

import pytest

import discard.app
import generate.app
import live.app
import query.app
from benchmarks.cost.model import REPORTS
from sorami.tombstones import tombstone_of
from tests.support.roles import routes
from tests.support.samples import minutes, pending_job
from tests.support.streams import FOREVER
from tests.support.template import Resolver, defaults, properties, resources, template

FUNCTIONS = sorted(resources("AWS::Serverless::Function"))
TABLES = sorted(resources("AWS::DynamoDB::Table"))


OWN = {"Fn::Sub": "Sorami/${AWS::StackName}"}
"""The namespace of this stack's own metrics."""

# Routes

OPEN_TO_ANYONE = {"POST /api/webhooks/image-completion", "GET /health", "GET /openapi.json", "GET /docs"}


def test_the_webhook_health_and_the_docs_and_no_other_routes_are_without_authorizer() -> None:
    open_routes = {
        route
        for function in FUNCTIONS
        for route, said in routes(function).items()
        if said.get("Auth", {}).get("Authorizer") == "NONE"
    }
    assert open_routes == OPEN_TO_ANYONE
    assert properties("HttpApi")["Auth"]["DefaultAuthorizer"] == "Jwt"


def test_the_authorizer_checks_issuer_and_audience() -> None:
    jwt = properties("HttpApi")["Auth"]["Authorizers"]["Jwt"]["JwtConfiguration"]
    assert jwt == {"issuer": {"Ref": "JwtIssuer"}, "audience": [{"Ref": "JwtAudience"}]}


@pytest.mark.parametrize(
    ("function", "module"),
    [
        ("GenerateFunction", generate.app),
        ("QueryFunction", query.app),
        ("DiscardFunction", discard.app),
        ("LiveFunction", live.app),
    ],
)
def test_a_function_answers_exactly_the_routes_that_the_template_sends_it(function: str, module: Any) -> None:
    assert set(routes(function)) == set(module.ROUTES)


def test_the_webhook_has_one_route() -> None:
    assert set(routes("WebhookFunction")) == {"POST /api/webhooks/image-completion"}


def test_every_route_belongs_to_the_one_api() -> None:
    for function in FUNCTIONS:
        assert all(said["ApiId"] == {"Ref": "HttpApi"} for said in routes(function).values())


def numbers(limits: Any) -> dict[str, int]:
    """The limits under the parameters' defaults."""
    return {name: int(value) for name, value in Resolver(defaults(), {}).resolve(limits).items()}


def test_the_api_throttles() -> None:
    limits = numbers(properties("HttpApi")["DefaultRouteSettings"])
    assert limits["ThrottlingRateLimit"] > 0
    assert limits["ThrottlingBurstLimit"] > 0


def test_the_reports_of_all_jobs_that_are_let_in_are_let_in_too() -> None:
    """Else a backend is refused while users are not, and its retries grow into a flood."""
    api = properties("HttpApi")
    jobs = numbers(api["RouteSettings"]["POST /api/images/generate"])["ThrottlingRateLimit"]
    assert numbers(api["DefaultRouteSettings"])["ThrottlingRateLimit"] >= REPORTS * jobs


def test_what_costs_much_is_throttled_more_and_every_throttled_route_is_one() -> None:
    api = properties("HttpApi")
    known = {route for function in FUNCTIONS for route in routes(function)}
    assert set(api["RouteSettings"]) <= known
    assert "POST /api/images/generate" in api["RouteSettings"]
    assert "POST /api/webhooks/image-completion" not in api["RouteSettings"], "a report that is refused comes again, and again"
    every = numbers(api["DefaultRouteSettings"])
    for limits in map(numbers, api["RouteSettings"].values()):
        assert 0 < limits["ThrottlingRateLimit"] < every["ThrottlingRateLimit"]
        assert 0 < limits["ThrottlingBurstLimit"] < every["ThrottlingBurstLimit"]


def test_pages_may_send_and_read_every_header_that_the_api_knows() -> None:
    cors = properties("HttpApi")["CorsConfiguration"]
    assert {"authorization", "content-type", "idempotency-key", "if-none-match"} <= set(cors["AllowHeaders"])
    answers = {"etag", "idempotent-replayed", "location", "ratelimit", "ratelimit-policy", "retry-after"}
    assert answers <= set(cors["ExposeHeaders"])
    assert {method for function in FUNCTIONS for method in (route.split()[0] for route in routes(function))} <= set(
        cors["AllowMethods"]
    )
    [bucket] = properties("ImagesBucket")["CorsConfiguration"]["CorsRules"]
    assert {"GET", "POST"} <= set(bucket["AllowedMethods"])
    assert bucket["AllowedOrigins"] == cors["AllowOrigins"] == {"Ref": "AllowedOrigins"}


def test_uploads_end() -> None:
    rules = {rule.get("Prefix"): rule for rule in properties("ImagesBucket")["LifecycleConfiguration"]["Rules"]}
    assert rules["uploads/"]["Status"] == "Enabled"
    assert rules["uploads/"]["ExpirationInDays"] >= 1


# The WebSocket API


def test_every_route_of_the_websocket_api_goes_to_live_and_only_that_api_may_call_it() -> None:
    routes = {one["Properties"]["RouteKey"]: one["Properties"] for one in resources("AWS::ApiGatewayV2::Route").values()}
    assert set(routes) == {"$connect", "$disconnect", "$default"}
    assert {route["Target"]["Fn::Sub"] for route in routes.values()} == {"integrations/${LiveIntegration}"}
    assert "${LiveFunction.Arn}" in properties("LiveIntegration")["IntegrationUri"]["Fn::Sub"]
    permission = properties("LiveApiMayCallLive")
    assert permission["FunctionName"] == {"Ref": "LiveFunction"}
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${LiveApi}/*")


def test_the_websocket_api_throttles() -> None:
    limits = numbers(properties("LiveStage")["DefaultRouteSettings"])
    assert limits["ThrottlingRateLimit"] > 0
    assert limits["ThrottlingBurstLimit"] > 0


@pytest.mark.parametrize("function", ["LiveFunction", "NotifyFunction"])
def test_pushes_go_to_the_stage_that_clients_are_connected_to(function: str) -> None:
    assert properties("LiveStage")["StageName"] == "live"
    variables = properties(function)["Environment"]["Variables"]
    [_, emulated, on_aws] = variables["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"]["Fn::If"]
    assert emulated == {"Fn::Sub": "http://${EmulatorHost}/_aws/execute-api/${LiveApi}/live"}
    assert on_aws == {"Fn::Sub": "https://${LiveApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"}


# Functions


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_outlasts_its_slowest_calls(function: str) -> None:
    """Row 4: two slow calls, of up to 8 s each, leave a function time to say so; where more are slow it ends as by a crash
    (row 25). The gateway cuts off at 30 s."""
    seconds = properties(function).get("Timeout", template()["Globals"]["Function"]["Timeout"])
    assert seconds >= 20
    assert seconds <= 30 or not any(event["Type"] == "HttpApi" for event in properties(function)["Events"].values())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_stands_where_the_template_says(function: str) -> None:
    module, _, name = properties(function)["Handler"].rpartition(".")
    imported = __import__(module, fromlist=[name])
    assert callable(getattr(imported, name))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_logs_have_a_group_of_their_own_that_ends(function: str) -> None:
    group = properties(function)["LoggingConfig"]["LogGroup"]["Ref"]
    assert properties(group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


# The stream


def mapping() -> dict[str, Any]:
    said: dict[str, Any] = properties("NotifyFunction")["Events"]["ChangedJobs"]["Properties"]
    return said


def test_a_failing_record_is_reported_alone_and_delivered_again_for_a_day() -> None:
    """Row 18. The stream holds records for 24 h; none of them may be dropped before the queue has it."""
    said = mapping()
    assert said["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert said["BisectBatchOnFunctionError"] is True
    assert said["MaximumRetryAttempts"] == FOREVER
    assert said["MaximumRecordAgeInSeconds"] == 86_400
    assert said["StartingPosition"] == "TRIM_HORIZON"
    assert said["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["NotifyDeadLetters", "Arn"]}


def test_the_filter_lets_every_change_of_a_job_through_and_no_tombstone() -> None:
    [one] = mapping()["FilterCriteria"]["Filters"]
    pattern = json.loads(one["Pattern"])
    assert pattern == {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"status": {"S": [{"exists": True}]}}}}
    assert "status" not in tombstone_of(pending_job(), minutes(5))


def test_what_was_parked_rings_an_alarm() -> None:
    alarm = properties("UndeliveredNotificationsAlarm")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["NotifyDeadLetters", "QueueName"]}}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize(
    ("alarm", "metric", "dimension"),
    [
        ("ReconcileErrorsAlarm", (OWN, "ReconcileErrors"), {"Name": "service", "Value": "reconcile"}),
        ("ReconcileOverloadAlarm", (OWN, "SweepsCut"), {"Name": "service", "Value": "reconcile"}),
        ("ReconcileCrashesAlarm", ("AWS/Lambda", "Errors"), {"Name": "FunctionName", "Value": {"Ref": "ReconcileFunction"}}),
        ("LateNotificationsAlarm", ("AWS/Lambda", "IteratorAge"), {"Name": "FunctionName", "Value": {"Ref": "NotifyFunction"}}),
    ],
)
def test_what_keeps_jobs_or_notifications_waiting_rings_an_alarm(
    alarm: str, metric: tuple[Any, str], dimension: dict[str, Any]
) -> None:
    found = properties(alarm)
    assert (found["Namespace"], found["MetricName"]) == metric
    assert found["Dimensions"] == [dimension]


@pytest.mark.parametrize("function", ["Generate", "Reconcile"])
def test_row_5_a_backend_that_is_misconfigured_rings_an_alarm(function: str) -> None:
    alarm = properties(f"{function}MisconfiguredBackendAlarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == (OWN, "BackendMisconfigured")
    service = properties(f"{function}Function")["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": service}]


# Data


@pytest.mark.parametrize("table", TABLES)
def test_tables_can_be_restored_and_outlive_their_stack(table: str) -> None:
    assert properties(table)["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties(table)["BillingMode"] == "PAY_PER_REQUEST"
    assert properties(table)["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert template()["Resources"][table]["UpdateReplacePolicy"] == "Retain"
    assert template()["Resources"][table]["DeletionPolicy"].startswith("Retain")


def test_the_jobs_stream_shows_both_images() -> None:
    assert properties("JobsTable")["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert "StreamSpecification" not in properties("NotificationsTable")


def test_the_bucket_is_private_and_encrypted() -> None:
    said = properties("ImagesBucket")
    assert set(said["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(said["PublicAccessBlockConfiguration"]) == 4
    assert said["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "BucketEncryption" in said
