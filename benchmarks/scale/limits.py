"""AWS's published limits, in one table with where each was read. Change one here, and tables and simulation follow.

They are defaults of a region that is not one of the small ones, and most can be raised: look at Service Quotas of your account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

AS_OF: Final = "2026-11-24"


class Read(StrEnum):
    """How a figure was come by."""

    AWS = "AWS's page"
    QUOTED = "AWS's page, as quoted by others"
    MEMORY = "from memory, not looked up"


@dataclass(frozen=True, slots=True)
class Limit:
    """`moves`: what raises it, or that nothing does."""

    what: str
    value: float
    moves: str
    page: str
    read: Read


_DOCS: Final = "https://docs.aws.amazon.com"
_DYNAMODB: Final = f"{_DOCS}/amazondynamodb/latest/developerguide"
_LAMBDA: Final = f"{_DOCS}/lambda/latest/dg"
_GATEWAY: Final = f"{_DOCS}/apigateway/latest/developerguide"

LIMITS: Final[Mapping[str, Limit]] = {
    "gateway": Limit(
        "API Gateway, requests a second: HTTP, WebSocket and pushes to connections together",
        10_000,
        "quota; 2,500 in the newer regions",
        f"{_GATEWAY}/limits.html",
        Read.AWS,
    ),
    "connections": Limit(
        "WebSocket, new connections a second",
        500,
        "quota",
        f"{_GATEWAY}/apigateway-execution-service-websocket-limits-table.html",
        Read.QUOTED,
    ),
    "concurrency": Limit(
        "Lambda, executions at once, all functions",
        1_000,
        "quota; new accounts begin with less",
        f"{_LAMBDA}/gettingstarted-limits.html",
        Read.AWS,
    ),
    "scaling": Limit(
        "Lambda, executions that a function may gain in 10 s", 1_000, "fixed", f"{_LAMBDA}/scaling-behavior.html", Read.AWS
    ),
    "invocations": Limit(
        "Lambda, synchronous requests a second for each execution of the quota",
        10,
        "with concurrency",
        f"{_LAMBDA}/lambda-concurrency.html",
        Read.MEMORY,
    ),
    "parallelization": Limit(
        "Lambda, batches at once from a shard", 10, "fixed", f"{_LAMBDA}/services-ddb-params.html", Read.AWS
    ),
    "polls": Limit("Lambda, looks at an idle shard a second", 4, "fixed", f"{_LAMBDA}/with-ddb.html", Read.QUOTED),
    "new table writes": Limit(
        "DynamoDB, write units a second of a new on-demand table; later twice the last peak, at once, and more over 30 min",
        4_000,
        "traffic itself, or warm throughput",
        f"{_DYNAMODB}/on-demand-capacity-mode.html",
        Read.AWS,
    ),
    "table writes": Limit(
        "DynamoDB, write units a second of a table, and of each index",
        40_000,
        "quota",
        f"{_DYNAMODB}/ServiceQuotas.html",
        Read.AWS,
    ),
    "partition writes": Limit(
        "DynamoDB, write units a second of a partition", 1_000, "fixed", f"{_DYNAMODB}/warm-throughput-scenarios.html", Read.AWS
    ),
    "partition reads": Limit(
        "DynamoDB, read units a second of a partition", 3_000, "fixed", f"{_DYNAMODB}/warm-throughput-scenarios.html", Read.AWS
    ),
    "partition bytes": Limit(
        "DynamoDB, bytes of a partition; of all rows of one key where there is a local index",
        10 * 1024**3,
        "fixed",
        f"{_DYNAMODB}/HowItWorks.Partitions.html",
        Read.QUOTED,
    ),
    "stream readers": Limit(
        "DynamoDB, readers of a stream's shard, of which a partition has one",
        2,
        "fixed",
        f"{_DYNAMODB}/Streams.html",
        Read.QUOTED,
    ),
    "stream hours": Limit("DynamoDB, hours that a stream keeps a record", 24, "fixed", f"{_DYNAMODB}/Streams.html", Read.AWS),
    "topic, us-east-1": Limit(
        "SNS, messages a second, us-east-1", 30_000, "quota", f"{_DOCS}/general/latest/gr/sns.html", Read.QUOTED
    ),
    "topic, eu-west-1": Limit(
        "SNS, messages a second, eu-west-1 and us-west-2", 9_000, "quota", f"{_DOCS}/general/latest/gr/sns.html", Read.QUOTED
    ),
    "topic, eu-west-3": Limit(
        "SNS, messages a second, eu-west-3 and all small regions",
        300,
        "quota",
        f"{_DOCS}/general/latest/gr/sns.html",
        Read.QUOTED,
    ),
    "secrets": Limit(
        "Secrets Manager, reads of values a second",
        10_000,
        "fixed",
        "https://aws.amazon.com/about-aws/whats-new/2025/03/aws-secrets-manager-increases-api-requests-seconds",
        Read.AWS,
    ),
    "logs": Limit(
        "CloudWatch Logs, PutLogEvents a second; Lambda's own deliveries may not count",
        5_000,
        "quota",
        f"{_DOCS}/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
        Read.MEMORY,
    ),
    "prefix writes": Limit(
        "S3, writes a second of a partitioned prefix; presigning asks nobody",
        3_500,
        "more prefixes, split by S3 in 30 to 60 minutes",
        f"{_DOCS}/AmazonS3/latest/userguide/optimizing-performance.html",
        Read.QUOTED,
    ),
}


def limit(name: str) -> float:
    return LIMITS[name].value
