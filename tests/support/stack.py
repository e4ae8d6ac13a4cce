"""The template's tables, bucket, topic, queue and secrets, made in moto by boto3, and each function's environment."""

import json
from collections.abc import Mapping
from typing import Any, Final

import boto3

from tests.support.template import Resolver, defaults, properties, template

REGION: Final = "eu-west-1"
BACKEND_URL = "http://backend.example.net:8000"
SECRETS = {"webhook_secret": "the-current-secret", "webhook_secret_previous": "", "backend_api_key": "the-backend-key"}

_PSEUDO = {
    "AWS::Region": REGION,
    "AWS::StackName": "sorami-test",
    "AWS::URLSuffix": "amazonaws.com",
    "HttpApi": "abc123",
    "LiveApi": "live123",
}
_ASKED_FOR = {"JwtIssuer": "https://issuer.example.net", "BackendUrl": BACKEND_URL}
_TABLE_PARTS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "BillingMode")


def table_of(name: str) -> dict[str, Any]:
    """What `create_table` takes for a table of the template, its name aside."""
    said = properties(name)
    table: dict[str, Any] = {part: said[part] for part in _TABLE_PARTS if part in said}
    if "StreamSpecification" in said:
        table["StreamSpecification"] = {"StreamEnabled": True, **said["StreamSpecification"]}
    return table


class Stack:
    """What a deploy of template.yaml would leave behind, as far as the functions touch it."""

    def __init__(self) -> None:
        self.dynamodb = boto3.client("dynamodb", region_name=REGION)
        self.s3 = boto3.client("s3", region_name=REGION)
        self.secrets = boto3.client("secretsmanager", region_name=REGION)
        self.sns = boto3.client("sns", region_name=REGION)
        self.sqs = boto3.client("sqs", region_name=REGION)
        self._names: dict[str, str] = {}
        self._attributes: dict[str, str] = {}
        for name, resource in template()["Resources"].items():
            self._make(name, resource["Type"])

    @property
    def jobs_table(self) -> str:
        return self._names["JobsTable"]

    @property
    def notifications_table(self) -> str:
        return self._names["NotificationsTable"]

    @property
    def images_bucket(self) -> str:
        return self._names["ImagesBucket"]

    @property
    def topic_arn(self) -> str:
        return self._names["NotificationsTopic"]

    @property
    def parked_queue_url(self) -> str:
        return self.queue_url("ParkedRecords")

    def queue_url(self, name: str) -> str:
        return self._names[name]

    def environment(self, function: str, **parameters: str) -> dict[str, str]:
        """The function's environment variables as the template gives them, under these parameters."""
        own = Resolver({**_PSEUDO, **defaults(), **_ASKED_FOR, **parameters, **self._names}, self._attributes)
        common = template()["Globals"]["Function"]["Environment"]["Variables"]
        variables: dict[str, str] = own.resolve({**common, **properties(function)["Environment"]["Variables"]})
        return {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, **variables}

    def put_secret(self, name: str, values: Mapping[str, Any]) -> None:
        self.secrets.put_secret_value(SecretId=self._attributes[f"{name}.Id"], SecretString=json.dumps(values))

    def item(self, job_id: str) -> dict[str, Any] | None:
        """The raw item of a job, or None."""
        found = self.dynamodb.get_item(TableName=self.jobs_table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)
        return found.get("Item")

    def items(self, table: str) -> list[dict[str, Any]]:
        return list(self.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"])

    def subscribe(self) -> str:
        """A queue that gets what is published from now on; returns its URL."""
        url = self.sqs.create_queue(QueueName=f"listener-{len(self.sqs.list_queues().get('QueueUrls', []))}")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=self.topic_arn, Protocol="sqs", Endpoint=arn)
        return url

    def published(self, queue_url: str) -> list[dict[str, Any]]:
        """What the queue got since the last look, each as the envelope that SNS puts around a message."""
        received = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", [])
        for message in received:
            self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in received]

    def _make(self, name: str, kind: str) -> None:
        match kind:
            case "AWS::DynamoDB::Table":
                self._make_table(name)
            case "AWS::S3::Bucket":
                self._names[name] = "sorami-images-0123"
                self.s3.create_bucket(Bucket=self._names[name], CreateBucketConfiguration={"LocationConstraint": REGION})
            case "AWS::SNS::Topic":
                self._names[name] = self.sns.create_topic(Name=name)["TopicArn"]
            case "AWS::SecretsManager::Secret":
                self._make_secret(name)
            case "AWS::SQS::Queue":
                self._make_queue(name)

    def _make_table(self, name: str) -> None:
        made = self.dynamodb.create_table(TableName=name, **table_of(name))["TableDescription"]
        self._names[name] = name
        self._attributes[f"{name}.Arn"] = made["TableArn"]

    def _make_queue(self, name: str) -> None:
        longest = properties(name).get("MaximumMessageSize", 1024 * 1024)
        self._names[name] = self.sqs.create_queue(QueueName=name, Attributes={"MaximumMessageSize": str(longest)})["QueueUrl"]

    def _make_secret(self, name: str) -> None:
        said = properties(name)["GenerateSecretString"]
        values = {**json.loads(said["SecretStringTemplate"]), said["GenerateStringKey"]: "s" * said["PasswordLength"]}
        made = self.secrets.create_secret(Name=name, SecretString=json.dumps(values))
        self._names[name] = self._attributes[f"{name}.Id"] = made["ARN"]
