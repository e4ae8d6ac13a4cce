"""How many jobs a second each limit allows: the limit, by what a job takes of it. The lowest is met first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.cost.model import CHANGES, IMAGES, POLLS, REPORTS
from benchmarks.scale.deployment import NEW_TABLE_SHARDS, Deployment
from benchmarks.scale.limits import limit
from benchmarks.scale.pace import Pace
from benchmarks.scale.stream import Lanes


@dataclass(frozen=True, slots=True)
class Reach:
    """`jobs`: jobs a second. `when`: what must be so for it to count; empty: always."""

    what: str
    jobs: float
    moves: str
    when: str = ""


def notify_lanes(deployment: Deployment, pace: Pace, *, shards: int, memory: int | None = None, connected: bool = True) -> Lanes:
    reader = deployment.notify
    size = memory or reader.memory
    return Lanes(
        count=reader.lanes(shards),
        batch=reader.batch,
        seconds=lambda records: pace.notify(records, size, connected=connected),
    )


def ingest_lanes(deployment: Deployment, pace: Pace, *, shards: int) -> Lanes:
    reader = deployment.ingest
    return Lanes(count=reader.lanes(shards), batch=reader.batch, seconds=lambda records: pace.ingest(records, IMAGES))


def executions_of_a_job(deployment: Deployment, pace: Pace) -> float:
    """Seconds of Lambda that a job takes in all, its notifications told of in full batches."""
    memory, batch = deployment.memory, deployment.notify.batch
    told = CHANGES * pace.notify(batch, memory["notify"], connected=True) / batch
    return (
        pace.call("generate", memory["generate"])
        + REPORTS * pace.call("webhook", memory["webhook"])
        + pace.call("query (status)", memory["query"])
        + told
    )


def reaches(deployment: Deployment, pace: Pace, writes: Mapping[str, float]) -> list[Reach]:
    """The lowest first. `writes`: write units of a job by table or index."""
    found = [*_of_the_template(deployment, pace), *_of_aws(deployment, pace, writes)]
    return sorted(found, key=lambda one: one.jobs)


def _of_the_template(deployment: Deployment, pace: Pace) -> Iterator[Reach]:
    routes, sweeps = deployment.routes, deployment.sweeps
    able = pace.looks_per_second(sweeps.workers, sweeps.memory, backend_answers=True) * sweeps.window
    yield Reach("route of the reports", routes["default"] / REPORTS, "`RequestsPerSecond`")
    yield Reach("route of new jobs", routes["POST /api/images/generate"], "`CreatesPerSecond`")
    yield Reach("route of results", routes["default"], "`RequestsPerSecond`")
    yield Reach("route of statuses", routes["default"] / POLLS, "`RequestsPerSecond`", "pages poll every 2 s")
    yield Reach(
        "looks of reconcile",
        min(sweeps.most, able) / sweeps.every,
        "its memory with `ReconcileJobsPerRun`, then runs side by side",
        "jobs take more than a minute, or a backend was away",
    )
    connected = notify_lanes(deployment, pace, shards=NEW_TABLE_SHARDS)
    alone = notify_lanes(deployment, pace, shards=NEW_TABLE_SHARDS, connected=False)
    moved = "`NotifyParallelism` up to 10, then its memory, then more shards"
    yield Reach("notify, a new table's stream", connected.most / CHANGES, moved, "every page is connected")
    yield Reach("notify, a new table's stream", alone.most / CHANGES, moved, "nobody is connected")
    yield Reach(
        "ingest, a new table's stream",
        ingest_lanes(deployment, pace, shards=NEW_TABLE_SHARDS).most,
        "its `ParallelizationFactor`; a backend that uploads",
        "images stay on the backend's host",
    )


def _of_aws(deployment: Deployment, pace: Pace, writes: Mapping[str, float]) -> Iterator[Reach]:
    http = 1 + REPORTS + 1
    most = max(writes.values())
    yield Reach("gateway, requests of the account", limit("gateway") / (http + CHANGES + 1), "quota", "every page is connected")
    yield Reach("gateway, requests of the account", limit("gateway") / (http + POLLS), "quota", "pages poll every 2 s")
    yield Reach("gateway, new connections", limit("connections"), "quota", "each job opens its own")
    yield Reach("Lambda, executions at once", limit("concurrency") / executions_of_a_job(deployment, pace), "quota")
    yield Reach("Lambda, requests", limit("concurrency") * limit("invocations") / http, "the same quota")
    yield Reach("jobs table, new", limit("new table writes") / most, "warm throughput, or growing slowly")
    yield Reach("jobs table", limit("table writes") / most, "quota")
    yield Reach(
        "images bucket, one prefix", limit("prefix writes") / IMAGES, "S3 itself, within an hour; keys that begin at random"
    )
    for region in ("us-east-1", "eu-west-1", "eu-west-3"):
        yield Reach(f"topic, {region}", limit(f"topic, {region}"), "quota")


def writes_by_place(steps: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Write units of a job by table and index, of what `make cost` measured."""
    found: dict[str, float] = {}
    for step, places in steps.items():
        for place, units in places.items():
            name = place if place != "table" else ("notifications" if step == "notification" else "jobs")
            found[name] = found.get(name, 0.0) + units
    return found
