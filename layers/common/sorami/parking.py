"""The queue of parked stream records: what can never be told lies there whole, until an operator has sent it through again."""

import base64
import json
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sorami.times import iso, parse
from sorami.values import dataclass

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_MESSAGE_BYTES = 1024 * 1024
"""The longest message that SQS takes (its quotas: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html)."""


class RecordTooLarge(Exception):
    """Not even the new image alone, compressed, fits a message; DynamoDB's 400 KB an item keep this from happening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedRecord:
    """A stream record and why it lies here. `left_out` names parts of it that no message could hold: `OldImage` or nothing."""

    record: dict[str, Any]
    job_id: str | None
    error_type: str
    error: str
    request_id: str
    parked_at: datetime
    left_out: tuple[str, ...] = ()


class Parking:
    """The producer's side of the queue."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def park(self, parked: ParkedRecord) -> None:
        """Errors of the SDK escape, and RecordTooLarge: what is not parked must be delivered again."""
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=to_message(parked))


def to_message(parked: ParkedRecord) -> str:
    """The record as it is; compressed if that is too long; without its old image if even that is. Raises RecordTooLarge.

    The text is ASCII, so its length is its size, and SQS, which takes no control characters, sees none.
    """
    for left_out in ((), ("OldImage",)):
        record = _without(parked.record, left_out)
        for form in ({"record": record}, {"record_deflated": _deflated(record)}):
            message = json.dumps({**_reasons(parked), "left_out": [*parked.left_out, *left_out], **form}, ensure_ascii=True)
            if len(message) <= MAX_MESSAGE_BYTES:
                return message
    raise RecordTooLarge(f"{len(message)} bytes")


def from_message(body: str) -> ParkedRecord:
    """The reverse of `to_message`. Raises ValueError or KeyError for what was never one."""
    said = json.loads(body)
    record = said["record"] if "record" in said else _inflated(said["record_deflated"])
    if not isinstance(record, dict):
        raise ValueError("the record is no object")  # noqa: TRY004  # a message of another kind, not a caller's mistake
    return ParkedRecord(
        record=record,
        job_id=said["job_id"],
        error_type=said["error_type"],
        error=said["error"],
        request_id=said["request_id"],
        parked_at=parse(said["parked_at"]),
        left_out=tuple(said["left_out"]),
    )


_MAX_ERROR = 1000  # characters: an error's text may quote the record, which is here anyway


def _reasons(parked: ParkedRecord) -> dict[str, Any]:
    return {
        "job_id": parked.job_id,
        "error_type": parked.error_type,
        "error": parked.error[:_MAX_ERROR],
        "request_id": parked.request_id,
        "parked_at": iso(parked.parked_at),
    }


def _without(record: dict[str, Any], parts: tuple[str, ...]) -> dict[str, Any]:
    if not parts:
        return record
    return {**record, "dynamodb": {name: value for name, value in record["dynamodb"].items() if name not in parts}}


def _deflated(record: dict[str, Any]) -> str:
    """Base 85 costs a quarter where base 64 costs a third: two images of 400 KB fit even if nothing in them can be compressed."""
    return base64.b85encode(zlib.compress(json.dumps(record, ensure_ascii=False).encode(errors="surrogatepass"), 9)).decode()


def _inflated(text: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(zlib.decompress(base64.b85decode(text)).decode(errors="surrogatepass"))
    return content
