"""The arrangements that are compared: as the template deploys it, by its parameters, and by changes (docs/scale.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from benchmarks.scale.deployment import NEW_TABLE_SHARDS, Deployment, from_template


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """`parameters`: of the template. `shards`: partitions of the jobs table. The others would be changes of the template or code:
    `notify_memory` and `sweep_memory` in MB, `threads` of a run of reconcile, `sweeps` of them side by side."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    shards: int = NEW_TABLE_SHARDS
    notify_memory: int | None = None
    sweep_memory: int | None = None
    threads: int | None = None
    sweeps: int = 1

    @property
    def deployment(self) -> Deployment:
        plain = from_template(**self.parameters)
        one = plain.sweeps
        memory, threads = self.sweep_memory or one.memory, self.threads or one.workers
        return replace(plain, sweeps=replace(one, most=one.most * self.sweeps, workers=threads, memory=memory))


AS_DEPLOYED: Final = Setup(name="as deployed")
BY_PARAMETERS: Final = Setup(
    name="by parameters",
    parameters={"RequestsPerSecond": "1500", "CreatesPerSecond": "300", "NotifyParallelism": "10"},
)
BY_CHANGES: Final = Setup(
    name="by changes",
    parameters={
        "RequestsPerSecond": "100000",
        "CreatesPerSecond": "20000",
        "NotifyParallelism": "10",
        "ReconcileJobsPerRun": "10000",
    },
    shards=128,
    notify_memory=1769,
    sweep_memory=1769,
    threads=32,
    sweeps=128,
)
CASES: Final = ((1, AS_DEPLOYED), (100, AS_DEPLOYED), (100, BY_PARAMETERS), (10_000, BY_PARAMETERS), (10_000, BY_CHANGES))
"""Jobs a second, and the arrangement that meets them."""
