"""Where the parts of a stack are: of one that `make run` has open, or of a deployed one by its CloudFormation name."""

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws import DIRECT, admin_session
from local.record import STATE, Stack, load, save, write_private
from ops.exits import NotThere
from ops.rotation import WebhookSecret

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

LOCAL = "local"

# One call, waited for longer than the function may take: another try would only do the same work beside it.
_ONE_CALL = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 1})


@dataclass(frozen=True)
class LocalStack:
    """The stack that `make run` has open, and the folder in which it wrote its facts down."""

    facts: Stack
    state: Path

    def remember_webhook_secret(self, secret: str) -> None:
        """What is written down for other programs stays true, first of all for the example backend. Raises
        local.failures.NoStack."""
        facts = load(self.state)
        write_private(Path(facts.webhook_secret_file), secret)
        save(replace(facts, webhook_secret=secret), self.state)


@dataclass(frozen=True)
class Place:
    """A stack as the console reaches it. `client` makes boto3 clients; every use of one may raise botocore's errors."""

    name: str
    stack_name: str
    client: Callable[..., Any]
    local: LocalStack | None = None
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """What people call it, in a question or an answer."""
        return "the local stack" if self.local else f"the stack {self.stack_name}"

    @property
    def option(self) -> str:
        """What a command line needs to mean this stack again, with a space in front if it is anything."""
        return "" if self.name == LOCAL else f" --stack {self.name}"

    @cached_property
    def description(self) -> "StackTypeDef":
        """Raises NotThere."""
        with self._there():
            found: StackTypeDef = self.client("cloudformation").describe_stacks(StackName=self.stack_name)["Stacks"][0]
        return found

    @property
    def parameters(self) -> dict[str, str]:
        return {one["ParameterKey"]: one.get("ParameterValue", "") for one in self.description.get("Parameters", [])}

    @property
    def outputs(self) -> dict[str, str]:
        return {one["OutputKey"]: one["OutputValue"] for one in self.description.get("Outputs", [])}

    @cached_property
    def resources(self) -> Mapping[str, str]:
        """Logical name → physical name; a queue's is its URL. Raises NotThere."""
        if self.known:
            return self.known
        with self._there():
            pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack_name)
            found = [one for page in pages for one in page["StackResourceSummaries"]]
        return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}

    @contextmanager
    def _there(self) -> Iterator[None]:
        """CloudFormation calls a stack that does not exist a ValidationError."""
        try:
            yield
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise NotThere(f"There is no stack {self.stack_name!r} in this account and region.") from error

    @property
    def api_url(self) -> str:
        return self.local.facts.api_url if self.local else self.outputs["ApiUrl"]

    @property
    def webhook_url(self) -> str:
        """As backends are told it: the parameter's, for a custom domain, or else the API's own."""
        return self.parameters.get("WebhookUrl") or f"{self.api_url}/api/webhooks/image-completion"


def place_of(name: str) -> Place:
    """`local`, the folder of a local stack's stack.json (it has a slash in it), or a CloudFormation stack's name.

    Raises local.failures.NoStack. A deployed stack is looked for at its first use.
    """
    if name == LOCAL or os.sep in name:
        return _local(name, STATE if name == LOCAL else Path(name))
    adopt_region(os.environ)
    return Place(name=name, stack_name=name, client=boto3.client)


def _local(name: str, state: Path) -> Place:
    facts = load(state)
    session = admin_session()

    def client(service: Any, config: Config | None = None) -> Any:
        return session.client(service, endpoint_url=facts.aws_endpoint_url, config=DIRECT.merge(config) if config else DIRECT)

    return Place(name=name, stack_name=facts.stack_name, client=client, local=LocalStack(facts, state), known=facts.resources)


def adopt_region(environment: MutableMapping[str, str]) -> None:
    """boto3 reads AWS_DEFAULT_REGION only; what people and other AWS tools set is AWS_REGION, and it wins as it does there."""
    if region := environment.get("AWS_REGION"):
        environment["AWS_DEFAULT_REGION"] = region


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


def tables_of(place: Place) -> Tables:
    named = place.resources
    return Tables(client=place.client("dynamodb"), jobs=named["JobsTable"], notifications=named["NotificationsTable"])


def notify_of(place: Place) -> Notify:
    return Notify(
        sqs=place.client("sqs"),
        functions=place.client("lambda", config=_ONE_CALL),
        queue_url=place.resources["ParkedRecords"],
        function=place.resources["NotifyFunction"],
    )


def webhook_secret_of(place: Place) -> WebhookSecret:
    return WebhookSecret(place.client("secretsmanager"), place.resources["ServiceSecret"])


def reception_of(place: Place) -> Reception:
    return Reception(
        url=place.webhook_url,
        secret=webhook_secret_of(place).current(),
        tables=tables_of(place),
        s3=place.client("s3"),
        images_bucket=place.resources["ImagesBucket"],
        is_remote=place.local is None,
    )
