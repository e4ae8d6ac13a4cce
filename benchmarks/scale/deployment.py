"""What template.yaml deploys, as far as load meets it: mappings, throttles, memory, reconcile's bounds. Nothing is repeated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.scale.limits import limit
from reconcile.app import RESERVE_MS
from reconcile.patience import Patience
from reconcile.sweep import SEGMENTS, WORKERS
from tests.support.template import Resolver, defaults, properties, template


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A function on the stream: records of a batch, batches at once from a shard, MB. After `patience` seconds a record is given
    up."""

    batch: int
    parallel: int
    memory: int
    patience: float

    def lanes(self, shards: int) -> int:
        """How many batches are worked on at once. Records of one job stay in one lane."""
        return shards * self.parallel


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeps:
    """Reconcile's runs: `window` seconds of each in which jobs are begun."""

    every: float
    window: float
    most: int
    workers: int
    segments: int
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """`routes`: requests a second that the template lets through, `default` for those that it does not name."""

    notify: Reader
    ingest: Reader
    sweeps: Sweeps
    routes: Mapping[str, float]
    live_stage: float
    patience: Patience
    memory: Mapping[str, int]


NEW_TABLE_SHARDS = int(limit("new table writes") / limit("partition writes"))
"""A new on-demand table takes 4,000 write units a second, a partition 1,000: so it has four, and a stream one shard for each."""


def from_template(**parameters: str) -> Deployment:
    """As deployed with these parameters, the others at their defaults."""
    given = {**defaults(), **parameters}
    resolver = Resolver(given, {})
    api = properties("HttpApi")
    routes = {"default": api["DefaultRouteSettings"], **api["RouteSettings"]}
    memory = {name.removesuffix("Function").lower(): _memory(name) for name in _functions()}
    return Deployment(
        notify=_reader("NotifyFunction", "ChangedJobs", resolver),
        ingest=_reader("IngestFunction", "FilesOnTheBackend", resolver),
        sweeps=Sweeps(
            every=60.0,
            window=properties("ReconcileFunction")["Timeout"] - RESERVE_MS / 1000,
            most=int(given["ReconcileJobsPerRun"]),
            workers=WORKERS,
            segments=SEGMENTS,
            memory=memory["reconcile"],
        ),
        routes={route: float(resolver.resolve(said["ThrottlingRateLimit"])) for route, said in routes.items()},
        live_stage=float(resolver.resolve(properties("LiveStage")["DefaultRouteSettings"]["ThrottlingRateLimit"])),
        patience=Patience(
            first_look=_seconds(given["FirstLookSeconds"]),
            silence=_seconds(given["SilenceSeconds"]),
            deadline=_seconds(given["JobDeadlineSeconds"]),
            longest=_seconds(given["LongestJobSeconds"]),
        ),
        memory=memory,
    )


def _functions() -> list[str]:
    return [name for name, one in template()["Resources"].items() if one["Type"] == "AWS::Serverless::Function"]


def _memory(function: str) -> int:
    return int(properties(function).get("MemorySize", template()["Globals"]["Function"]["MemorySize"]))


def _reader(function: str, event: str, resolver: Resolver) -> Reader:
    """Unless the mapping says otherwise, AWS takes one batch at once from a shard, and waits for no fuller one; waiting is not
    simulated. Raises ValueError if the template asks for it."""
    said: Mapping[str, Any] = properties(function)["Events"][event]["Properties"]
    if said.get("MaximumBatchingWindowInSeconds"):
        raise ValueError(f"{function} waits for fuller batches, which the simulation does not know")
    return Reader(
        batch=int(said["BatchSize"]),
        parallel=int(resolver.resolve(said.get("ParallelizationFactor", 1))),
        memory=_memory(function),
        patience=float(said["MaximumRecordAgeInSeconds"]),
    )


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=float(text))
