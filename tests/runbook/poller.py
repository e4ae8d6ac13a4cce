"""Lambda's poller of the jobs table's stream, in the place of the engine's, which drops what a function reports as failed.

It keeps AWS's rules (tests/support/streams.py) by the deployed event source mapping, and calls the deployed function.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.runbook.stage import Stage
from tests.soak.aws import Reading
from tests.support.streams import FOREVER, Mapped, Record, StreamDriver


class FunctionFailed(Exception):
    """The function ended in an error, of which its answer tells."""


class Poller:
    """`hurry`: so many seconds pass for it in one of ours. `ages`: Lambda's `IteratorAge` at each call, in milliseconds."""

    def __init__(self, stage: Stage, function: str, hurry: float) -> None:
        self._reading, self._hurry, self._name = Reading.of(stage.stack), hurry, stage.stack.functions[f"{function}Function"]
        mappings = stage.functions.list_event_source_mappings(FunctionName=self._name)["EventSourceMappings"]
        [self._mapping] = mappings
        self._functions = stage.functions
        self._passed = 0
        self.ages: list[float] = []

    @contextmanager
    def instead_of_the_engine(self) -> Iterator[None]:
        """Takes what comes from now on. Afterwards the engine goes on where it stood: all that was delivered here comes again."""
        self._enable(False)
        self._passed = len(list(self._reading.stream()))
        try:
            yield
        finally:
            self._enable(True)

    def deliver(self) -> Iterator[int]:
        """What has come since, in order: yields after every call, as often as a batch has to be delivered again."""
        records = list(self._reading.stream())[self._passed :]
        self._passed += len(records)
        return self._steps(records)

    def _steps(self, records: Sequence[Record]) -> Iterator[int]:
        """A record's greatest age passes as quickly as the ages do."""
        mapped = Mapped.said(self._mapping)
        if mapped.max_age != FOREVER:
            mapped = replace(mapped, max_age=mapped.max_age / self._hurry)
        driver = StreamDriver(self._call, mapped, now=time.time())
        for call in driver.steps({"shard": records}):
            yield call
            driver.now = time.time()

    def _call(self, event: dict[str, Any], _context: Any) -> Any:
        """The age is that of the batch's last record, as it is handed over."""
        created = event["Records"][-1]["dynamodb"]["ApproximateCreationDateTime"]
        self.ages.append((time.time() - created) * self._hurry * 1000)
        answer = self._reading.functions.invoke(FunctionName=self._name, Payload=json.dumps(event).encode())
        said = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise FunctionFailed(said)
        return json.loads(said)

    def _enable(self, on: bool) -> None:
        self._functions.update_event_source_mapping(UUID=self._mapping["UUID"], Enabled=on)
