"""Who is connected: live WebSocket connections, as rows beside the notifications.

Each has two rows. One under its user, so that one Query finds all connections of a user; one under its own id, since the gateway
tells no more than that of whoever sends or leaves. Both end by TTL, for `$disconnect` is best effort.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sorami.dynamo import store_errors
from sorami.items import from_item, to_item
from sorami.times import parse
from sorami.values import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LONGEST: Final = timedelta(hours=2)
"""No connection outlives this (API Gateway's quotas for WebSocket APIs:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html)."""

_GRACE = timedelta(minutes=10)
_UNDER_USER = "CONNECTION#"
_UNDER_ITSELF = "OWNER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    connection_id: str
    user_id: str
    connected_at: datetime


class Connections:
    """Every method raises StoreUnavailable when DynamoDB cannot be reached or throttles."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, connection: Connection) -> None:
        """The row that pushes go by comes last: a death in between leaves one that nobody finds and that ends by itself."""
        said = {
            "connected_at": connection.connected_at,
            "expires_at": int((connection.connected_at + LONGEST + _GRACE).timestamp()),
        }
        own = {**_own_key(connection.connection_id), "owner": connection.user_id}
        for row in (own, _user_key(connection.user_id, connection.connection_id)):
            with store_errors():
                self._client.put_item(TableName=self._table, Item=to_item({**row, **said}))

    def owner_of(self, connection_id: str) -> str | None:
        """The connection's user; None if it is not (or no longer) one that gets messages."""
        with store_errors():
            answer = self._client.get_item(TableName=self._table, Key=to_item(_own_key(connection_id)), ConsistentRead=True)
        return from_item(answer["Item"])["owner"] if "Item" in answer else None

    def of_user(self, user_id: str) -> tuple[Connection, ...]:
        """The user's connections, oldest first; read consistently, so that none which has asked for its state is missed."""
        found: list[dict[str, Any]] = []
        start: dict[str, Any] = {}
        while True:
            with store_errors():
                answer = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="user_id = :user AND begins_with(sort, :prefix)",
                    ExpressionAttributeValues=to_item({":user": user_id, ":prefix": _UNDER_USER}),
                    ConsistentRead=True,
                    **start,
                )
            found += map(from_item, answer["Items"])
            if not (last := answer.get("LastEvaluatedKey")):
                break
            start = {"ExclusiveStartKey": last}
        connections = (
            Connection(
                connection_id=row["sort"].removeprefix(_UNDER_USER),
                user_id=user_id,
                connected_at=parse(row["connected_at"]),
            )
            for row in found
        )
        return tuple(sorted(connections, key=lambda one: (one.connected_at, one.connection_id)))

    def remove(self, user_id: str, connection_id: str) -> None:
        """Forgets the connection; one that is not there is no error. The row by which the other is found goes last."""
        for key in (_user_key(user_id, connection_id), _own_key(connection_id)):
            with store_errors():
                self._client.delete_item(TableName=self._table, Key=to_item(key))

    def remove_by_id(self, connection_id: str) -> None:
        """As `remove`, for whoever knows only the id."""
        if (owner := self.owner_of(connection_id)) is not None:
            self.remove(owner, connection_id)


def _own_key(connection_id: str) -> dict[str, str]:
    return {"user_id": f"connection#{connection_id}", "sort": _UNDER_ITSELF}


def _user_key(user_id: str, connection_id: str) -> dict[str, str]:
    return {"user_id": user_id, "sort": f"{_UNDER_USER}{connection_id}"}
