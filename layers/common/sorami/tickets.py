"""Tickets with which a browser opens a WebSocket: for one user, for one use, for a minute, so that no token stands in a URL.

They lie beside the notifications, each in a partition of its own under the hash of its text: who reads the table cannot use one.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sorami.dynamo import ConditionFailed, store_errors
from sorami.items import from_item, to_item
from sorami.values import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIFETIME: Final = timedelta(seconds=60)

_SORT = "TICKET"
_RANDOM_BYTES = 32
_MAX_LENGTH = 64  # ours have 43 characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """`text` is what the bearer shows; it stands nowhere else."""

    text: str
    expires_at: datetime


class Tickets:
    """Every method raises StoreUnavailable when DynamoDB cannot be reached or throttles."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def issue(self, user_id: str, at: datetime) -> Ticket:
        ticket = Ticket(text=secrets.token_urlsafe(_RANDOM_BYTES), expires_at=at.replace(microsecond=0) + LIFETIME)
        row = {**_key(ticket.text), "owner": user_id, "expires_at": int(ticket.expires_at.timestamp())}
        with store_errors():
            self._client.put_item(TableName=self._table, Item=to_item(row))
        return ticket

    def redeem(self, text: str, at: datetime) -> str | None:
        """The user for whom the ticket was issued, once; None for one that is unknown, used or over: no difference.

        One conditional delete, so of many who show the same ticket one gets in. If its answer is lost, the SDK's retry finds no
        ticket any more and nobody gets in: the client fetches a new one.
        """
        if not 0 < len(text) <= _MAX_LENGTH:
            return None
        try:
            with store_errors():
                answer = self._client.delete_item(
                    TableName=self._table,
                    Key=to_item(_key(text)),
                    ConditionExpression="expires_at > :now",  # TTL deletes late; a missing row has no time either
                    ExpressionAttributeValues=to_item({":now": int(at.timestamp())}),
                    ReturnValues="ALL_OLD",
                )
        except ConditionFailed:
            return None
        owner: str = from_item(answer["Attributes"])["owner"]
        return owner


def _key(text: str) -> dict[str, str]:
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return {"user_id": f"ticket#{digest}", "sort": _SORT}
