"""Where a stack's tables are: the local stack that `make run` has open, or a deployed one by its CloudFormation name."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from local.aws import DIRECT, admin_session
from local.record import load

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Tables:
    client: "DynamoDBClient"
    jobs: str
    notifications: str


def tables_of(stack_name: str | None) -> Tables:
    """Raises local.failures.NoStack, or botocore's errors for a deployed stack that cannot be read."""
    if stack_name:
        return _deployed(stack_name)
    stack = load()
    client = admin_session().client("dynamodb", endpoint_url=stack.aws_endpoint_url, config=DIRECT)
    return Tables(client=client, jobs=stack.jobs_table, notifications=stack.notifications_table)


def _deployed(stack_name: str) -> Tables:
    described = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    return Tables(
        client=boto3.client("dynamodb"),
        jobs=outputs["JobsTableName"],
        notifications=outputs["NotificationsTableName"],
    )
