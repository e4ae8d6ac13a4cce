"""`make bench-warm`: each handler beside the bare calls that it makes, in one run on MiniStack."""

import argparse
import contextlib
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from benchmarks.results import save
from benchmarks.tables import warm
from benchmarks.warm.backend import quick_backend
from local.aws import Clients
from local.environment import ACCESS_KEY, REGION, SECRET_KEY
from tests.support.engines import JOBS, MINISTACK, NOTIFICATIONS, running


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warm", description=__doc__)
    parser.add_argument("--calls", type=int, default=400, help="of each, interleaved (default: %(default)s)")
    asked = parser.parse_args()
    out = Console(highlight=False, file=sys.stdout)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(MINISTACK, Path(folder)) as engine,
        (Path(folder) / "logs").open("w") as logs,
        contextlib.redirect_stdout(logs),  # what the functions log is written, and part of what they cost
    ):
        os.environ |= _surroundings(engine.url)
        # Imported in these surroundings only: the functions read them when they are loaded.
        from benchmarks.warm.calls import pairs, prepare_engine  # noqa: PLC0415
        from benchmarks.warm.others import other_pairs  # noqa: PLC0415

        secret, topic = prepare_engine(Clients(engine.url))
        with quick_backend() as backend:
            os.environ |= {"SECRET_ID": secret, "CURSOR_SECRET_ID": secret, "TOPIC_ARN": topic, "BACKEND_URL": backend}
            measured = {one.name: _measure(one, asked.calls, logs) for one in (*pairs(topic, backend), *other_pairs(backend))}
    found = {"calls": asked.calls, "functions": measured}
    save("warm", found)
    for line in warm(found):
        out.print(line, soft_wrap=True)
    return 0


def _surroundings(url: str) -> dict[str, str]:
    numbers = ("FIRST_LOOK_SECONDS", "SILENCE_SECONDS", "JOB_DEADLINE_SECONDS", "LONGEST_JOB_SECONDS")
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "ENVIRONMENT": "local",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "JOBS_TABLE": JOBS,
        "NOTIFICATIONS_TABLE": NOTIFICATIONS,
        "IMAGES_BUCKET": "images",
        "LIVE_URL": "wss://live.example.net/live",
        "PARKED_QUEUE_URL": url,
        "WEBHOOK_AUTH": "secret",
        "WEBHOOK_URL": "https://api.example.net/hook",
        "MAX_OPEN_JOBS_PER_USER": "20",
        "IMAGE_RETENTION_DAYS": "365",
        "JOBS_PER_RUN": "500",
        **dict.fromkeys(numbers, "3600"),
    }


def _measure(pair: Any, calls: int, logs: TextIO) -> dict[str, Any]:
    """Turn and turn about, so that whatever else the machine does meets both alike."""
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    written = 0
    for number in range(calls + 20):
        for times, call in ((ours, pair.ours), (bare, pair.bare)):
            about = pair.prepare()
            before = logs.tell()
            timed = _timed(call, about)
            written += logs.tell() - before
            if number >= 20:  # noqa: PLR2004  # connections and caches are warm by then
                times.append(timed)
    gc.collect()
    return {"ours": _summary(ours), "bare": _summary(bare), "log_bytes": written / (calls + 20)}


def _timed(call: Callable[[Any], object], about: Any) -> tuple[float, float]:
    """Milliseconds, and those of processor time, by all threads of this process."""
    begun, cpu = time.perf_counter(), time.process_time()
    call(about)
    return (time.perf_counter() - begun) * 1000, (time.process_time() - cpu) * 1000


def _summary(times: list[tuple[float, float]]) -> dict[str, float]:
    percentiles = statistics.quantiles([one for one, _ in times], n=100)
    return {"p50_ms": percentiles[49], "p99_ms": percentiles[98], "cpu_ms": statistics.median(cpu for _, cpu in times)}


if __name__ == "__main__":
    raise SystemExit(main())
