"""DynamoDB's throttling of one table, by the soak's network between functions and engine: the engine itself never throttles."""

import json
from dataclasses import dataclass

from tests.soak.fault_proxy import THROTTLED, Dice

READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})


@dataclass
class Throttle(Dice):
    """Refuses the operations on the table, and counts what it refused; without a table nothing."""

    rate: float = 0
    seed: str = ""
    table: str | None = None
    operations: frozenset[str] = frozenset()

    def fate(self, target: str = "", body: bytes = b"") -> str | None:
        if self.table is None or target.rpartition(".")[2] not in self.operations:
            return None
        said = json.loads(body)
        if self.table not in {said.get("TableName"), *said.get("RequestItems", {})}:
            return None
        with self._lock:
            self.faults[THROTTLED] += 1
        return THROTTLED
