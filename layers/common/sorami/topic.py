"""The SNS topic on which every notification is published, for mail, HTTPS and push subscribers."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class Topic:
    """Publishes at least once: subscribers tell a repetition by the notification's id."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, *, user_id: str, kind: str, notification: Mapping[str, Any]) -> None:
        """Errors of the SDK escape: the stream delivers the record again."""
        message = {"type": "notification.created", "user_id": user_id, "notification": notification}
        self._client.publish(
            TopicArn=self._arn,
            Message=json.dumps(message, ensure_ascii=False),
            MessageAttributes={"type": {"DataType": "String", "StringValue": kind}},
        )
