"""What a soak reads of the deployed stack, and the two functions that it calls itself: reconcile, and notify once more."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from local.aws import DIRECT, Clients, admin_session
from local.logs import log_groups
from local.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda import LambdaClient

_ONCE = DIRECT.merge(Config(read_timeout=120, retries={"mode": "standard", "total_max_attempts": 1}))
_BATCH = 25
_ATTEMPTS = 11  # AWS would go on for a day


@dataclass(frozen=True)
class Reading:
    """Clients that stand beside the faulty network: what is counted must be right."""

    stack: Stack
    tables: "DynamoDBClient"
    streams: "DynamoDBStreamsClient"
    functions: "LambdaClient"

    @classmethod
    def of(cls, stack: Stack) -> "Reading":
        session, url = admin_session(), stack.aws_endpoint_url
        return cls(
            stack=stack,
            tables=session.client("dynamodb", endpoint_url=url, config=DIRECT),
            streams=session.client("dynamodbstreams", endpoint_url=url, config=DIRECT),
            functions=session.client("lambda", endpoint_url=url, config=_ONCE),
        )

    def states(self) -> dict[str, str]:
        """Job id → state, of every job there is."""
        rows = self._scan(self.stack.jobs_table, ProjectionExpression="job_id, #s", ExpressionAttributeNames={"#s": "status"})
        return {row["job_id"]["S"]: row["status"]["S"] for row in rows}

    def notifications(self) -> list[dict[str, Any]]:
        return list(self._scan(self.stack.notifications_table))

    def stream(self) -> Iterator[dict[str, Any]]:
        """Every record of the jobs table's stream from its beginning, as Lambda hands them to a function."""
        arn = self.tables.describe_table(TableName=self.stack.jobs_table)["Table"]["LatestStreamArn"]
        for shard in self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            position: str | None = self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while position:
                page = self.streams.get_records(ShardIterator=position, Limit=1000)
                for record in page["Records"]:
                    yield json.loads(json.dumps({**record, "eventSourceARN": arn}, default=_plain))
                position = page.get("NextShardIterator") if page["Records"] else None

    def reconcile(self) -> str | None:
        """One run of the deployed function: None, or the error in which it ended."""
        answer = self._invoke("ReconcileFunction", {})
        return answer["Payload"].read().decode() if answer.get("FunctionError") else None

    def notify_again(self, records: Sequence[dict[str, Any]]) -> int:
        """Redelivers as AWS would: in batches, again from the first reported record; returns how many attempts failed."""
        failed = 0
        for start in range(0, len(records), _BATCH):
            batch = list(records[start : start + _BATCH])
            for _attempt in range(_ATTEMPTS):
                batch = self._deliver(batch)
                if not batch:
                    break
                failed += 1
        return failed

    def _deliver(self, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What has to be delivered again."""
        answer = self._invoke("NotifyFunction", {"Records": batch})
        if answer.get("FunctionError"):
            return batch
        reported = {failure["itemIdentifier"] for failure in json.loads(answer["Payload"].read())["batchItemFailures"]}
        first = next((at for at, one in enumerate(batch) if one["dynamodb"]["SequenceNumber"] in reported), len(batch))
        return batch[first:]

    def reconcile_metrics(self) -> Counter[str]:
        """The sum of every metric that reconcile logged (CloudWatch's embedded format)."""
        clients, sums = Clients(self.stack.aws_endpoint_url), Counter[str]()
        group = log_groups(clients.functions, self.stack.functions)["reconcile"]
        for page in clients.logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern='"CloudWatchMetrics"'
        ):
            for line in "\n".join(event["message"] for event in page["events"]).splitlines():
                sums += _metrics_of(line)
        return sums

    def _invoke(self, function: str, event: dict[str, Any]) -> Any:
        return self.functions.invoke(FunctionName=self.stack.functions[function], Payload=json.dumps(event).encode())

    def _scan(self, table: str, **how: Any) -> Iterator[dict[str, Any]]:
        for page in self.tables.get_paginator("scan").paginate(TableName=table, ConsistentRead=True, **how):
            yield from page["Items"]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value))


def _metrics_of(line: str) -> Counter[str]:
    """Empty for a line that is no metric."""
    try:
        said = json.loads(line[line.index("{") :])
        names = [metric["Name"] for each in said["_aws"]["CloudWatchMetrics"] for metric in each["Metrics"]]
    except (ValueError, KeyError, TypeError):
        return Counter()
    values = {name: said[name] if isinstance(said[name], list) else [said[name]] for name in names}
    return Counter({name: int(sum(numbers)) for name, numbers in values.items()})
