"""The queue of parked records from an operator's side: look at all of it, send a record through notify again, take it away."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from ops.stack import Notify
from sorami.parking import ParkedRecord, from_message

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

MESSAGE_BOUND = 1000
"""How many messages one look takes, at most: they are hidden from others meanwhile."""

WAIT_SECONDS = 1
"""Any wait at all makes SQS ask all of its servers, not a sample of them."""

_HOLD_SECONDS = 900  # long enough for a redrive of that many; what a killed look held comes back by itself
_AT_ONCE = 10  # messages in one call: SQS's limit


@dataclass(frozen=True, kw_only=True)
class Held:
    """A parked record, held by the receipts of its messages: a redelivery may have parked it more than once."""

    id: str
    parked: ParkedRecord
    receipts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What lay on the queue, oldest first; `strangers` are receipts of messages that are no parked records."""

    held: list[Held]
    strangers: tuple[str, ...]
    is_whole: bool


def take_all(notify: Notify) -> Look:
    """Receives what is there and hides it from others until `put_back`, or for 15 min."""
    found: dict[str, Held] = {}
    strangers: list[str] = []
    number = 0
    for message in _messages(notify):
        number += 1
        try:
            parked = from_message(message["Body"])
        except (ValueError, KeyError, TypeError):
            strangers.append(message["ReceiptHandle"])
            continue
        name = str(parked.record.get("eventID") or message["MessageId"])
        before = found[name].receipts if name in found else ()
        found[name] = Held(id=name, parked=parked, receipts=(*before, message["ReceiptHandle"]))
    held = sorted(found.values(), key=lambda one: one.parked.parked_at)
    return Look(held=held, strangers=tuple(strangers), is_whole=number < MESSAGE_BOUND)


def _messages(notify: Notify) -> Iterator["MessageTypeDef"]:
    """Until an answer is empty."""
    for _ in range(MESSAGE_BOUND // _AT_ONCE):
        messages = notify.sqs.receive_message(
            QueueUrl=notify.queue_url, MaxNumberOfMessages=_AT_ONCE, WaitTimeSeconds=WAIT_SECONDS, VisibilityTimeout=_HOLD_SECONDS
        ).get("Messages", [])
        if not messages:
            return
        yield from messages


def put_back(notify: Notify, receipts: Sequence[str]) -> None:
    """Makes the messages visible again at once."""
    for some in batched(receipts, _AT_ONCE, strict=False):
        entries = [{"Id": str(number), "ReceiptHandle": one, "VisibilityTimeout": 0} for number, one in enumerate(some)]
        notify.sqs.change_message_visibility_batch(QueueUrl=notify.queue_url, Entries=entries)  # type: ignore[arg-type]


def send_again(notify: Notify, held: Held) -> str | None:
    """Calls the deployed function with the record alone, and deletes it from the queue only if it was done with.

    Returns why it was not (and then it is still held), or None. Under `redrive` the function parks nothing, it reports.
    """
    event = {"Records": [held.parked.record], "redrive": True}
    answer = notify.functions.invoke(FunctionName=notify.function, Payload=json.dumps(event).encode())
    said = json.loads(answer["Payload"].read() or "null")
    if reason := _objection(answer.get("FunctionError"), said):
        return reason
    for receipt in held.receipts:
        notify.sqs.delete_message(QueueUrl=notify.queue_url, ReceiptHandle=receipt)
    return None


def _objection(function_error: str | None, said: Any) -> str | None:
    match function_error, said:
        case None, {"batchItemFailures": []}:
            return None
        case None, {"batchItemFailures": [_, *_]}:
            return "still fails; the log of notify says why"
        case None, _:
            return f"an answer of another kind: {json.dumps(said)[:200]}"
        case error, {"errorMessage": str(message)}:
            return f"{error}: {message}"
        case error, _:
            return str(error)
