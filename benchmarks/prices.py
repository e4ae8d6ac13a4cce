"""What a job costs, by a model: counted units times list prices. Change a price here, and the tables follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

AS_OF: Final = "2026-11-24"
REGION: Final = "us-east-1"
# Dollars per unit: AWS's list prices of that region, first tier, arm64, without free tiers. Held on that day against what others
# quote of aws.amazon.com/api-gateway/pricing, /lambda/pricing and /dynamodb/pricing/on-demand (halved on 2024-11-01), since those
# pages fill in their tables by script. They change and are higher in some regions: put in those of your bill.
PER: Final[Mapping[str, float]] = {
    "http_request": 1.00e-6,  # each begun 512 KB
    "rest_request": 3.50e-6,
    "websocket_message": 1.00e-6,  # both ways, each begun 32 KB
    "connection_minute": 0.25e-6,
    "lambda_request": 0.20e-6,
    "lambda_gb_second": 13.3334e-6,  # arm64
    "lambda_x86_gb_second": 16.6667e-6,
    "snapstart_cache_gb_second": 1.5046e-6,  # for as long as a version is there, three hours at least
    "snapstart_restore_gb": 139.7998e-6,
    "read_unit": 0.125e-6,  # a consistent read of up to 4 KB is one
    "write_unit": 0.625e-6,
    "s3_put": 5.0e-6,
    "s3_get": 0.4e-6,
    "s3_gb_month": 0.023,
    "sns_publish": 0.50e-6,
    "log_gb": 0.50,  # taken in; keeping it for a month costs 0.03 more
}
_MEMORY_GB: Final = 0.5
_SECONDS_PER_CALL: Final = 0.015  # of a warm function whose work is one or two calls of DynamoDB


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What the way of following a job adds to the job itself."""

    http_requests: float = 0
    websocket_messages: float = 0
    connection_minutes: float = 0
    lambda_calls: float = 0
    read_units: float = 0
    write_units: float = 0

    @property
    def dollars(self) -> float:
        return (
            self.http_requests * PER["http_request"]
            + self.websocket_messages * PER["websocket_message"]
            + self.connection_minutes * PER["connection_minute"]
            + self.lambda_calls * (PER["lambda_request"] + _MEMORY_GB * _SECONDS_PER_CALL * PER["lambda_gb_second"])
            + self.read_units * PER["read_unit"]
            + self.write_units * PER["write_unit"]
        )


def of_polling(requests: float) -> Units:
    """Each question: the gateway, query, one consistent read."""
    return Units(http_requests=requests, lambda_calls=requests, read_units=requests)


def of_live(*, events: float, messages: float, minutes: float, connections: float) -> Units:
    """`events` of a job, each a call of notify that polling would not need but for the last, and one look for connections;
    `connections`: how many were opened for this job (a share, if one serves many)."""
    return Units(
        http_requests=connections,  # the ticket
        websocket_messages=messages,
        connection_minutes=minutes,
        lambda_calls=events - 1 + connections * 4,  # ticket, $connect, sync, $disconnect
        read_units=events + 1 + connections * 5,  # connections per event, the unread count; at connecting and in sync: 5
        write_units=connections * 6,  # ticket and its taking, two rows and their removal
    )
