"""Where a stack's tables, its notify function, its parked records and its secret are: of the stack that `make run` has open, or
of a deployed one by its CloudFormation name."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from local.aws import DIRECT, admin_session
from local.record import STATE, load, save
from ops.rotation import WebhookSecret

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# One call, waited for longer than the function may take: another try would only do the same work beside it.
_ONE_CALL = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 1})


@dataclass(frozen=True)
class Tables:
    client: "DynamoDBClient"
    jobs: str
    notifications: str


@dataclass(frozen=True)
class Notify:
    """The notify function and the queue of records that it has parked."""

    sqs: "SQSClient"
    functions: "LambdaClient"
    queue_url: str
    function: str


@dataclass(frozen=True)
class Reception:
    """Where a stack hears its backend, the webhook's secret, and what a result is stored with."""

    url: str
    secret: str = field(repr=False)
    tables: Tables
    s3: "S3Client"
    images_bucket: str
    is_remote: bool


def tables_of(stack_name: str | None) -> Tables:
    """Raises local.failures.NoStack, or botocore's errors for a deployed stack that cannot be read."""
    if stack_name:
        return _deployed(stack_name)
    stack = load()
    client = admin_session().client("dynamodb", endpoint_url=stack.aws_endpoint_url, config=DIRECT)
    return Tables(client=client, jobs=stack.jobs_table, notifications=stack.notifications_table)


def _deployed(stack_name: str) -> Tables:
    outputs = _outputs(stack_name)
    return Tables(
        client=boto3.client("dynamodb"),
        jobs=outputs["JobsTableName"],
        notifications=outputs["NotificationsTableName"],
    )


def notify_of(stack_name: str | None) -> Notify:
    """Raises as `tables_of` does."""
    if stack_name:
        named = _resources(stack_name)
        return Notify(
            sqs=boto3.client("sqs"),
            functions=boto3.client("lambda", config=_ONE_CALL),
            queue_url=named["ParkedRecords"],
            function=named["NotifyFunction"],
        )
    stack = load()
    session = admin_session()
    return Notify(
        sqs=session.client("sqs", endpoint_url=stack.aws_endpoint_url, config=DIRECT),
        functions=session.client("lambda", endpoint_url=stack.aws_endpoint_url, config=DIRECT.merge(_ONE_CALL)),
        queue_url=stack.resources["ParkedRecords"],
        function=stack.functions["NotifyFunction"],
    )


def webhook_secret_of(stack_name: str | None) -> WebhookSecret:
    """Raises as `tables_of` does."""
    if stack_name:
        return WebhookSecret(boto3.client("secretsmanager"), _resources(stack_name)["ServiceSecret"])
    stack = load()
    client = admin_session().client("secretsmanager", endpoint_url=stack.aws_endpoint_url, config=DIRECT)
    return WebhookSecret(client, stack.resources["ServiceSecret"])


def remember_webhook_secret(secret: str) -> None:
    """What `make run` has written down for other programs stays true. Raises local.failures.NoStack."""
    save(replace(load(), webhook_secret=secret), STATE)


def reception_of(stack_name: str | None) -> Reception:
    """Raises as `tables_of` does."""
    tables = tables_of(stack_name)
    secret = webhook_secret_of(stack_name).current()
    if stack_name:
        outputs = _outputs(stack_name)
        s3 = boto3.client("s3")
        return Reception(outputs["WebhookUrl"], secret, tables, s3, outputs["ImagesBucketName"], is_remote=True)
    stack = load()
    s3 = admin_session().client("s3", endpoint_url=stack.aws_endpoint_url, config=DIRECT)
    return Reception(stack.webhook_url, secret, tables, s3, stack.images_bucket, is_remote=False)


def _outputs(stack_name: str) -> dict[str, str]:
    described = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _resources(stack_name: str) -> dict[str, str]:
    """Logical name → physical name; a queue's is its URL."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_name)
    found = (one for page in pages for one in page["StackResourceSummaries"])
    return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}
