"""The tables of a running local stack, for what the API does not show: versions, rows that must not be there."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from local.aws import DIRECT, admin_session
from local.stack import Stack
from sorami.items import from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Tables:
    stack: Stack

    @classmethod
    def of(cls, stack: Stack) -> "Tables":
        return cls(stack)

    @cached_property
    def client(self) -> "DynamoDBClient":
        return admin_session().client("dynamodb", endpoint_url=self.stack.aws_endpoint_url, config=DIRECT)

    def find_job(self, job_id: str) -> dict[str, Any] | None:
        answer = self.client.get_item(TableName=self.stack.jobs_table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def job(self, job_id: str) -> dict[str, Any]:
        found = self.find_job(job_id)
        assert found is not None, job_id
        return found

    def jobs_of(self, user_id: str) -> list[str]:
        answer = self.client.query(
            TableName=self.stack.jobs_table,
            IndexName="by_user",
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": user_id}},
        )
        return [item["job_id"]["S"] for item in answer["Items"]]
