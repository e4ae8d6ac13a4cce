"""Notifications of users, in a table of their own. A redelivered event meets its own row, so no outcome is told twice."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sorami.dynamo import ConditionFailed, store_errors
from sorami.errors import NotificationNotFound
from sorami.items import from_item, to_item
from sorami.times import iso, parse
from sorami.values import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

UNREAD = "unread"

_BEFORE_LETTERS = "A"
"""Sort keys of notifications begin with a year; other rows beside them begin with a letter."""

_AFTER_HASH = "$"
"""The character after the `#` that follows the time in a key: what sorts below it is of that time or earlier."""


class NotificationType(StrEnum):
    IMAGE_COMPLETED = "IMAGE_COMPLETED"
    IMAGE_FAILED = "IMAGE_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What a user is told. `key` is the row's sort key: `<time of the outcome>#<job_id>#<type>`."""

    user_id: str
    key: str
    type: NotificationType
    title: str
    message: str
    created_at: datetime
    read_at: datetime | None = None
    metadata: Mapping[str, Any]

    @property
    def id(self) -> str:
        return _id_of(self.key)


def notification_key(*, finished_at: datetime, job_id: str, kind: NotificationType) -> str:
    """Made from what never changes in an outcome, so that telling it again names the same row."""
    return f"{iso(finished_at)}#{job_id}#{kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Some notifications, newest first, and the key after which the next page begins (None: there is none)."""

    notifications: tuple[Notification, ...]
    next_key: str | None


class Feed:
    """The notifications table. Every method raises StoreUnavailable when DynamoDB cannot be reached or throttles."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, notification: Notification) -> bool:
        """Puts the notification unless it is there already, perhaps read by now. True if it was put."""
        item = to_item(
            {
                "user_id": notification.user_id,
                "sort": notification.key,
                UNREAD: None if notification.read_at else notification.key,
                "read_at": notification.read_at,
                "type": notification.type,
                "title": notification.title,
                "message": notification.message,
                "created_at": notification.created_at,
                "metadata": notification.metadata,
            }
        )
        try:
            with store_errors():
                self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(sort)")
        except ConditionFailed:
            return False
        return True

    def page(self, user_id: str, *, limit: int, after: str | None = None) -> FeedPage:
        """The user's notifications, newest first."""
        start: dict[str, Any] = {"ExclusiveStartKey": to_item({"user_id": user_id, "sort": after})} if after else {}
        with store_errors():
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="user_id = :user AND sort < :letters",
                ExpressionAttributeValues=to_item({":user": user_id, ":letters": _BEFORE_LETTERS}),
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=limit,
                **start,
            )
        last = answer.get("LastEvaluatedKey")
        return FeedPage(
            notifications=tuple(notification_from_values(from_item(item)) for item in answer["Items"]),
            next_key=from_item(last)["sort"] if last else None,
        )

    def unread_count(self, user_id: str) -> int:
        """Exact, since the index is a local one and read consistently."""
        count = 0
        start: dict[str, Any] = {}
        while True:
            with store_errors():
                answer = self._client.query(
                    TableName=self._table,
                    IndexName=UNREAD,
                    KeyConditionExpression="user_id = :user",
                    ExpressionAttributeValues=to_item({":user": user_id}),
                    Select="COUNT",
                    ConsistentRead=True,
                    **start,
                )
            count += answer["Count"]
            if not (last := answer.get("LastEvaluatedKey")):
                return count
            start = {"ExclusiveStartKey": last}

    def unread_until(self, user_id: str, moment: datetime, *, limit: int) -> list[str]:
        """Ids of the oldest unread notifications that were created by then, the moment included; `limit` at most."""
        with store_errors():
            answer = self._client.query(
                TableName=self._table,
                IndexName=UNREAD,
                KeyConditionExpression="user_id = :user AND #unread < :after",
                ExpressionAttributeNames={"#unread": UNREAD},
                ExpressionAttributeValues=to_item({":user": user_id, ":after": f"{iso(moment)}{_AFTER_HASH}"}),
                ConsistentRead=True,
                Limit=limit,
            )
        return [_id_of(from_item(item)["sort"]) for item in answer["Items"]]

    def mark(self, user_id: str, notification_id: str, *, read: bool, at: datetime) -> None:
        """Marks one notification read or unread; the time of the first reading stays. Raises NotificationNotFound."""
        key = _key_of(notification_id)
        if read:
            change: dict[str, Any] = {
                "UpdateExpression": "SET read_at = if_not_exists(read_at, :at) REMOVE #unread",
                "ExpressionAttributeValues": to_item({":at": at}),
            }
        else:
            change = {
                "UpdateExpression": "SET #unread = :key REMOVE read_at",
                "ExpressionAttributeValues": to_item({":key": key}),
            }
        try:
            with store_errors():
                self._client.update_item(
                    TableName=self._table,
                    Key=to_item({"user_id": user_id, "sort": key}),
                    ConditionExpression="attribute_exists(sort)",
                    ExpressionAttributeNames={"#unread": UNREAD},
                    **change,
                )
        except ConditionFailed as failure:
            raise NotificationNotFound(notification_id) from failure


def _id_of(key: str) -> str:
    """The key in a form that fits everywhere, in URLs too."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _key_of(notification_id: str) -> str:
    """The row's key; only what could be a notification's, so that no other kind of row is touched."""
    try:
        key = base64.b64decode(notification_id + "=" * (-len(notification_id) % 4), altchars=b"-_", validate=True).decode()
        finished_at, _job_id, kind = key.split("#")
        if key != notification_key(finished_at=parse(finished_at), job_id=_job_id, kind=NotificationType(kind)):
            raise NotificationNotFound(notification_id)
    except (binascii.Error, ValueError) as error:
        raise NotificationNotFound(notification_id) from error
    return key


def notification_from_values(values: Mapping[str, Any]) -> Notification:
    return Notification(
        user_id=values["user_id"],
        key=values["sort"],
        type=NotificationType(values["type"]),
        title=values["title"],
        message=values["message"],
        created_at=parse(values["created_at"]),
        read_at=parse(values["read_at"]) if values.get("read_at") else None,
        metadata=values.get("metadata", {}),
    )
