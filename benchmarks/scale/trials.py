"""The simulated trials: a steady hour, a burst, an outage of notify, ingest's copies, and a backend that was away."""

from typing import Any, Final

from benchmarks.cost.model import CHANGES
from benchmarks.scale.pace import Pace
from benchmarks.scale.reach import ingest_lanes, notify_lanes
from benchmarks.scale.setups import CASES, Setup
from benchmarks.scale.silence import Outage
from benchmarks.scale.silence import run as run_silence
from benchmarks.scale.stream import Course, Load
from benchmarks.scale.stream import run as run_stream

SEED: Final = 2026
OUTAGE_SECONDS: Final = 600.0
_HOUR: Final = 3600.0
_SIMULATED_JOBS: Final = 6_000  # at most, of an outage; of more, one in so many stands for the others


def stream_trials(pace: Pace) -> list[dict[str, Any]]:
    """Each case under each load; ages are in seconds."""
    return [{"jobs_per_second": rate, "setup": setup.name, **_stream_trial(rate, setup, pace)} for rate, setup in CASES]


def _stream_trial(rate: float, setup: Setup, pace: Pace) -> dict[str, Any]:
    deployment = setup.deployment
    lanes = notify_lanes(deployment, pace, shards=setup.shards, memory=setup.notify_memory)
    changes = rate * CHANGES
    loads = {
        "steady": Load(rate=changes, seconds=_HOUR),
        "burst": Load(rate=changes, seconds=_HOUR, burst=(600, 660, 5.0)),
        "outage": Load(rate=changes, seconds=2 * _HOUR, outage=(600, 600 + OUTAGE_SECONDS)),
    }
    copies = ingest_lanes(deployment, pace, shards=setup.shards)
    told = {name: run_stream(lanes, load, seed=SEED) for name, load in loads.items()}
    return {
        "shards": setup.shards,
        "lanes": lanes.count,
        "most_jobs_per_second": lanes.most / CHANGES,
        "notify": {name: _told(course) for name, course in told.items()} | {"patience_s": deployment.notify.patience},
        "outage_ages_s": [round(age, 1) for age in told["outage"].ages],
        "ingest": _told(run_stream(copies, Load(rate=rate, seconds=_HOUR), seed=SEED))
        | {"most_jobs_per_second": copies.most, "patience_s": deployment.ingest.patience},
    }


def _told(course: Course) -> dict[str, Any]:
    return {
        "arrived": course.arrived,
        "done": course.done,
        "waiting": course.waiting,
        "records_per_invocation": course.done / course.invocations if course.invocations else 0.0,
        "busy": course.busy,
        "oldest_s": course.oldest,
        "delay_p50_s": course.delay_p50,
        "delay_p99_s": course.delay_p99,
        "caught_up_s": course.caught_up,
    }


def silence_trials(pace: Pace) -> list[dict[str, Any]]:
    """Ten minutes without a backend, in each case."""
    return [{"jobs_per_second": rate, "setup": setup.name, **_silence_trial(rate, setup, pace)} for rate, setup in CASES]


def _silence_trial(rate: float, setup: Setup, pace: Pace) -> dict[str, Any]:
    deployment = setup.deployment
    sweeps = deployment.sweeps
    down, up = (
        setup.sweeps * pace.looks_per_second(sweeps.workers, sweeps.memory, backend_answers=answers) for answers in (False, True)
    )
    thinned = max(1, round(rate * OUTAGE_SECONDS / _SIMULATED_JOBS))
    outage = Outage(rate=rate, seconds=OUTAGE_SECONDS, down=down, up=up, thinned=thinned)
    after = run_silence(sweeps, deployment.patience, outage, hours=4, seed=SEED)
    return {
        "looks_per_minute": min(sweeps.most, up * sweeps.window),
        "jobs": after.jobs,
        "submitted": after.submitted,
        "failed": after.failed,
        "open": after.open,
        "delay_p50_s": after.delay_p50,
        "delay_max_s": after.delay_max,
        "minutes_until_none_is_open": after.minutes,
        "backlog": after.backlog,
    }
