"""What tests of notify share: its topic's stand-in, one batch delivered, records that nobody can read, what was parked."""

import copy
from collections.abc import Callable
from typing import Any

from notify.app import handler
from sorami.parking import ParkedRecord, from_message
from tests.support.gateway import FakeContext
from tests.support.stack import Stack
from tests.support.stream import record

type Change = Callable[..., dict[str, Any]]
"""`change(job, event)` applies the event and gives the stream record of it."""


class RecordingPublisher:
    """What was published, and on wish nothing but failures."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []
        self.failure: BaseException | None = None

    def publish(self, **message: Any) -> None:
        if self.failure:
            raise self.failure
        self.published.append(message)


def deliver(*records: dict[str, Any], milliseconds_left: int = 30_000) -> list[str]:
    """Delivers one batch; returns the sequence numbers that are to be delivered again."""
    answer = handler({"Records": list(records)}, FakeContext(milliseconds_left=milliseconds_left))
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def take_parked(stack: Stack) -> list[ParkedRecord]:
    """Everything on the queue of parked records, which is empty afterwards."""
    taken: list[ParkedRecord] = []
    while found := stack.sqs.receive_message(QueueUrl=stack.parked_queue_url, MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            taken.append(from_message(message["Body"]))
            stack.sqs.delete_message(QueueUrl=stack.parked_queue_url, ReceiptHandle=message["ReceiptHandle"])
    return taken


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda change: change["NewImage"].pop(name)


def _with(name: str, attribute: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda change: change["NewImage"].update({name: attribute})


SPOILERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "no user": _without("user_id"),
    "no prompt": _without("prompt"),
    "no time of the outcome": _without("finished_at"),
    "a user that is a number": _with("user_id", {"N": "5"}),
    "a user without a name": _with("user_id", {"S": ""}),
    "a time that is none": _with("finished_at", {"S": "yesterday"}),
    "images that are no list": _with("images", {"N": "3"}),
    "metadata of another shape": _with("metadata", {"M": {"colour": {"S": "red"}}}),
    "metadata that no JSON can hold": _with("metadata", {"M": {"model_name": {"SS": ["a"]}}}),
    "a model that is a number": _with("metadata", {"M": {"model_name": {"N": "5"}}}),
    "a duration that is a text": _with("metadata", {"M": {"generation_time_seconds": {"S": "long"}}}),
    "a duration that is yes": _with("metadata", {"M": {"generation_time_seconds": {"BOOL": True}}}),
    "an error that is no text": _with("error", {"L": []}),
    "a type that DynamoDB has not": _with("progress", {"X": "1"}),
    "an unknown state before": lambda change: change["OldImage"].update(status={"S": "EXPLODED"}),
    "no version before": lambda change: change["OldImage"].pop("version"),
    "no state before": lambda change: change["OldImage"].pop("status"),
}
"""What turns the `dynamodb` part of a record of a finished job into poison. The mapping's filter lets all of it through."""


def spoiled(outcome: dict[str, Any], spoiler: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The record as poison; the one given stays as it is."""
    poison = copy.deepcopy(outcome)
    spoiler(poison["dynamodb"])
    return poison


HOPELESS: dict[str, dict[str, Any]] = {
    "no image": record(None, {"job_id": {"S": "x"}}),
    "empty image": record({"job_id": {"S": "x"}}),
    "unknown state": record({"job_id": {"S": "x"}, "status": {"S": "EXPLODED"}}),
}
"""Poison that the filter would have kept away."""
