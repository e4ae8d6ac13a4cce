"""A deployed stack as the console finds it: CloudFormation's answers made from the template, all else in moto."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.exceptions import ClientError

from ops.stack import Place
from tests.support.stack import BACKEND_URL, REGION, Stack
from tests.support.template import defaults

NAME = "sorami-test"
STACK_ID = f"arn:aws:cloudformation:{REGION}:123456789012:stack/{NAME}/0a1b"
API_URL = f"https://abc123.execute-api.{REGION}.amazonaws.com"
ISSUER = "https://issuer.example.net"


@dataclass
class FakeCloudFormation:
    """One stack, and ValidationError for every other name."""

    resources: dict[str, str]
    parameters: dict[str, str]
    status: str = "UPDATE_COMPLETE"

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803  # boto3's names
        self._check(StackName)
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in self.parameters.items()]
        outputs = [{"OutputKey": "ApiUrl", "OutputValue": API_URL}]
        described = {"StackId": STACK_ID, "StackName": NAME, "StackStatus": self.status}
        return {"Stacks": [described | {"Parameters": parameters, "Outputs": outputs}]}

    def get_paginator(self, operation: str) -> SimpleNamespace:
        return SimpleNamespace(paginate={"list_stack_resources": self._resources, "list_stacks": self._stacks}[operation])

    def delete_stack(self, *, StackName: str) -> None:  # noqa: N803  # as above
        """Its name means nothing afterwards, its id all that it did."""
        self._check(StackName)
        self.status = "DELETE_COMPLETE"

    def get_waiter(self, name: str) -> SimpleNamespace:
        assert name == "stack_delete_complete"
        return SimpleNamespace(wait=lambda **_: None)

    def _resources(self, *, StackName: str) -> list[dict[str, Any]]:  # noqa: N803  # as above
        """A page for each resource: nobody may stop at the first."""
        self._check(StackName)
        return [
            {"StackResourceSummaries": [{"LogicalResourceId": logical, "PhysicalResourceId": physical}]}
            for logical, physical in self.resources.items()
        ]

    def _stacks(self, *, StackStatusFilter: list[str]) -> list[dict[str, Any]]:  # noqa: N803  # as above
        here = [{"StackName": NAME, "StackId": STACK_ID}] if self.status in StackStatusFilter else []
        return [{"StackSummaries": [{"StackName": "another", "StackId": "arn:another"}]}, {"StackSummaries": here}]

    def _check(self, name: str) -> None:
        if name != STACK_ID and (name != NAME or self.status == "DELETE_COMPLETE"):
            raise ClientError({"Error": {"Code": "ValidationError", "Message": f"{name} does not exist"}}, "DescribeStacks")


@dataclass
class Deployed:
    """`clients` answer instead of moto: service → client. CloudFormation is among them."""

    cloudformation: FakeCloudFormation
    make: Callable[..., Any]
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, **more: Any) -> Any:
        return self.clients[service] if service in self.clients else self.make(service, **more)

    @property
    def place(self) -> Place:
        return Place(name=NAME, stack_name=NAME, client=self.client)


def deployed(stack: Stack) -> Deployed:
    """Every parameter has its default, or what a first deploy asks for."""
    asked = {"JwtIssuer": ISSUER, "BackendUrl": BACKEND_URL, "AllowedOrigins": "https://app.example.net"}
    resources = {
        "JobsTable": stack.jobs_table,
        "NotificationsTable": stack.notifications_table,
        "ImagesBucket": stack.images_bucket,
        "NotifyFunction": "notify",
        "ServiceSecret": stack.environment("WebhookFunction")["SECRET_ID"],
        **{queue: stack.queue_url(queue) for queue in ("ParkedRecords", "NotifyDeadLetters", "IngestDeadLetters")},
    }
    formation = FakeCloudFormation(resources, {**defaults(), **asked})
    return Deployed(formation, boto3.client, {"cloudformation": formation})
