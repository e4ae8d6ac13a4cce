"""The gateway's side of live connections: sends messages over them, and closes them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient


class ConnectionGone(Exception):
    """The gateway knows no such connection: it is over, or its `$connect` has not returned yet."""


class NotSent(Exception):
    """No word of whether the message arrived, or a refusal; nothing is tried again here."""


class Posting(Protocol):
    def post(self, connection_id: str, message: Mapping[str, Any]) -> None: ...


class Channel:
    """Both methods raise ConnectionGone and NotSent."""

    def __init__(self, client: "ApiGatewayManagementApiClient") -> None:
        self._client = client

    def post(self, connection_id: str, message: Mapping[str, Any]) -> None:
        with _gateway_errors():
            self._client.post_to_connection(ConnectionId=connection_id, Data=json.dumps(message, ensure_ascii=False).encode())

    def hang_up(self, connection_id: str) -> None:
        with _gateway_errors():
            self._client.delete_connection(ConnectionId=connection_id)


@contextmanager
def _gateway_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "GoneException":
            raise ConnectionGone from error
        raise NotSent(code) from error
    except BotoCoreError as error:
        raise NotSent(type(error).__name__) from error
