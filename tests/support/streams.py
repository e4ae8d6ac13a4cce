"""AWS's rules for a function that reads a DynamoDB stream, for tests: the local engine takes the settings and does none of it.

Sources, all from the Lambda developer guide (https://docs.aws.amazon.com/lambda/latest/dg/…):

- `with-ddb.html`: a shard is read in order, one batch at a time; a batch that fails holds up its shard, and no other.
- `services-ddb-batchfailurereporting.html`: what counts as success, as failure, and as a failure from some record on.
- `services-dynamodb-errors.html`: retries, bisecting, age, and what a destination on failure is told.
- `services-ddb-params.html`: the settings, their defaults and what -1 means.
- `invocation-eventfiltering.html`: filters; what a filter refuses is done with, without a call.

Where the guide is silent the driver takes the harsher reading: a batch's attempts are never counted anew, however far it got.
It runs on a clock of its own. Not modelled: batching and tumbling windows, and ParallelizationFactor (one call per shard here).
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.gateway import FakeContext
from tests.support.template import properties

type Record = dict[str, Any]
type Handler = Callable[[dict[str, Any], Any], Any]

FOREVER = -1
_MOST_CALLS = 20_000  # a record that is retried for ever would keep a test for ever


class FunctionDied(BaseException):
    """The process ended in the middle: no handler catches it, and Lambda sees a function error."""


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """The settings of an event source mapping; seconds. The defaults are Lambda's own (`services-ddb-params.html`)."""

    batch_size: int = 100
    reports_failures: bool = False
    bisects: bool = False
    retries: int = FOREVER
    max_age: float = FOREVER
    patterns: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, function: str, event: str, **changes: Any) -> "Mapped":
        """As template.yaml has it, but for the changes."""
        return cls.said(properties(function)["Events"][event]["Properties"], **changes)

    @classmethod
    def said(cls, said: Mapping[str, Any], **changes: Any) -> "Mapped":
        """By the names that CloudFormation and Lambda's own API give to the settings."""
        settings = {
            "batch_size": said.get("BatchSize", cls.batch_size),
            "reports_failures": "ReportBatchItemFailures" in said.get("FunctionResponseTypes", []),
            "bisects": said.get("BisectBatchOnFunctionError", cls.bisects),
            "retries": said.get("MaximumRetryAttempts", cls.retries),
            "max_age": said.get("MaximumRecordAgeInSeconds", cls.max_age),
            "patterns": tuple(json.loads(one["Pattern"]) for one in said.get("FilterCriteria", {}).get("Filters", [])),
        }
        return cls(**{**settings, **changes})

    def wants(self, record: Mapping[str, Any]) -> bool:
        return not self.patterns or any(matches(pattern, record) for pattern in self.patterns)


@dataclass
class Batch:
    """Records of one shard in their order, and how often calls with them were tried in vain."""

    records: Sequence[Record]
    attempts: int = 0


@dataclass
class StreamDriver:
    """`calls`: how many records each call got. `discarded`: what the destination on failure was told."""

    handler: Handler
    mapped: Mapped
    now: float = 0.0
    pause: float = 1.0
    calls: list[list[str]] = field(default_factory=list)
    discarded: list[dict[str, Any]] = field(default_factory=list)

    def run(self, shards: Mapping[str, Sequence[Record]]) -> None:
        """Reads every shard to its end."""
        for _call in self.steps(shards):
            pass

    def steps(self, shards: Mapping[str, Sequence[Record]]) -> Iterator[int]:
        """Yields after every call: one of one shard, then one of the next, so that none waits for another's retries."""
        reading = deque(self._read(shard, records) for shard, records in shards.items())
        while reading:
            shard = reading.popleft()
            if (call := next(shard, None)) is not None:
                yield call
                reading.append(shard)

    def _read(self, shard: str, records: Sequence[Record]) -> Iterator[int]:
        """Yields after every call."""
        wanted = [record for record in records if self.mapped.wants(record)]
        size = self.mapped.batch_size
        for start in range(0, len(wanted), size):
            waiting = deque([Batch(wanted[start : start + size])])
            while waiting:
                batch = self._young_part(shard, waiting.popleft())
                if batch.records:
                    waiting.extendleft(reversed(self._call(shard, batch)))
                    yield len(self.calls)

    def _young_part(self, shard: str, batch: Batch) -> Batch:
        """MaximumRecordAgeInSeconds: older records are discarded and the others go on."""
        if self.mapped.max_age == FOREVER:
            return batch
        oldest = self.now - self.mapped.max_age
        old = [one for one in batch.records if _created(one, self.now) < oldest]
        if old:
            self._discard(shard, Batch(old, batch.attempts), "RecordAgeExceeded")
        return Batch([one for one in batch.records if _created(one, self.now) >= oldest], batch.attempts)

    def _call(self, shard: str, batch: Batch) -> list[Batch]:
        """Calls the function with the batch; returns what of it is left to do, in order."""
        if len(self.calls) == _MOST_CALLS:
            raise RuntimeError(f"no end after {_MOST_CALLS} calls; {shard} stands at {sequence_number(batch.records[0])}")
        self.calls.append([sequence_number(one) for one in batch.records])
        self.now += self.pause
        context = FakeContext(aws_request_id=f"call-{len(self.calls)}")
        try:
            answer = self.handler({"Records": list(batch.records)}, context)
        except (Exception, FunctionDied):  # noqa: BLE001  # whatever it is, to Lambda it is a function error
            return self._failed_whole(shard, batch)
        if not self.mapped.reports_failures:
            return []
        checkpoint = checkpoint_of(answer, self.calls[-1])
        match checkpoint:
            case None:
                return []
            case -1:
                return self._failed_whole(shard, batch)
            case _:
                return self._failed_from(shard, batch, checkpoint)

    def _failed_whole(self, shard: str, batch: Batch) -> list[Batch]:
        """BisectBatchOnFunctionError: halves, which uses up no retry; a single record, or all without bisecting, is retried."""
        if self.mapped.bisects and len(batch.records) > 1:
            middle = len(batch.records) // 2
            return [Batch(batch.records[:middle], batch.attempts), Batch(batch.records[middle:], batch.attempts)]
        return self._retried(shard, batch)

    def _failed_from(self, shard: str, batch: Batch, checkpoint: int) -> list[Batch]:
        """What lies before the checkpoint is done with. With bisecting the batch is split there, which uses up no retry."""
        rest = Batch(batch.records[checkpoint:], batch.attempts)
        return [rest] if self.mapped.bisects and checkpoint > 0 else self._retried(shard, rest)

    def _retried(self, shard: str, batch: Batch) -> list[Batch]:
        """MaximumRetryAttempts: after so many retries the whole batch is discarded, also records that were handled well."""
        if self.mapped.retries != FOREVER and batch.attempts >= self.mapped.retries:
            self._discard(shard, batch, "RetryAttemptsExhausted")
            return []
        return [Batch(batch.records, batch.attempts + 1)]

    def _discard(self, shard: str, batch: Batch, condition: str) -> None:
        """A queue is told where the records lay in the stream, not what was in them."""
        numbers = [sequence_number(one) for one in batch.records]
        where = {
            "shardId": shard,
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[-1],
            "batchSize": len(numbers),
        }
        context = {"condition": condition, "approximateInvokeCount": batch.attempts + 1}
        self.discarded.append({"requestContext": context, "version": "1.0", "DDBStreamBatchInfo": where})


def checkpoint_of(answer: Any, numbers: Sequence[str]) -> int | None:
    """Where in the batch to go on: None after a success, -1 after a complete failure, else the lowest reported record's place.

    Success is an empty or null answer or list; a complete failure is an identifier that is empty, null, under a wrong name or
    of no record of the batch.
    """
    if not answer or not answer.get("batchItemFailures"):
        return None
    places = []
    for failure in answer["batchItemFailures"]:
        if failure.get("itemIdentifier") not in numbers:
            return -1
        places.append(numbers.index(failure["itemIdentifier"]))
    return min(places)


def sequence_number(record: Record) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def matches(pattern: Mapping[str, Any], value: Any) -> bool:
    """A filter: maps name what to look at, lists give what may be there: a text, a number, null, or `{"exists": true}`."""
    if not isinstance(value, dict):
        return False
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            if not matches(wanted, value.get(name)):
                return False
        elif not any(_is_allowed(rule, name, value) for rule in wanted):
            return False
    return True


def _is_allowed(rule: Any, name: str, values: Mapping[str, Any]) -> bool:
    match rule:
        case {"exists": bool(expected)}:
            return (name in values) is expected
        case dict():
            raise ValueError(f"a filter rule that this driver does not know: {rule}")
        case _:
            return name in values and bool(values[name] == rule)


def _created(record: Record, otherwise: float) -> float:
    seconds: float = record["dynamodb"].get("ApproximateCreationDateTime", otherwise)
    return seconds
