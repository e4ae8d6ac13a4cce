"""`make bench-live`: the same jobs followed by polling and live, in one run on the local stack. The table is docs/live.md's."""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.live.following import Followed, follow_jobs
from benchmarks.prices import of_live, of_polling
from local.failures import StartFailure
from local.stack import Options, running_stack


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--jobs", type=int, default=20, help="so many (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=5, help="side by side (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20, help="that each takes (default: %(default)s)")
    parser.add_argument("--poll", type=float, default=2, help="seconds between two questions (default: %(default)s)")
    asked = parser.parse_args()
    out = Console(highlight=False)
    # Nobody but the benchmark reports on these jobs, and reconcile leaves them alone.
    options = Options(parameters={"FirstLookSeconds": "3600"})
    try:
        with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder), options) as stack:
            followed = follow_jobs(stack, jobs=asked.jobs, at_once=asked.at_once, seconds=asked.seconds, poll_seconds=asked.poll)
    except StartFailure as failure:
        print(failure, file=sys.stderr)
        return 1
    for line in table(followed, asked.seconds):
        out.print(line, soft_wrap=True)
    return 0


def table(followed: Sequence[Followed], seconds: float) -> list[str]:
    """Means per job; delays over all events of all jobs."""
    mean = statistics.fmean
    events = mean(len(one.live_delays) for one in followed)
    messages = mean(one.live_messages for one in followed)
    polls = mean(one.polls for one in followed)
    alone = of_live(events=events, messages=messages, minutes=seconds / 60, connections=1)
    shared = of_live(events=events, messages=messages - 2, minutes=seconds / 60, connections=0)
    rows = [
        ("per job", "polling", "live, connected for this job", "live, connected anyway"),
        ("HTTP requests", f"{polls:.1f}", "1 (the ticket)", "0"),
        ("messages over the WebSocket", "0", f"{messages:.1f}", f"{messages - 2:.1f}"),
        (
            "bytes both ways",
            f"{mean(one.poll_bytes for one in followed):,.0f}",
            f"{mean(one.live_bytes for one in followed):,.0f}",
            f"{mean(one.message_bytes for one in followed):,.0f}",
        ),
        (
            "dollars per million jobs (model)",
            f"{of_polling(polls).dollars * 1e6:.2f}",
            f"{alone.dollars * 1e6:.2f}",
            f"{shared.dollars * 1e6:.2f}",
        ),
        ("events seen, of those reported", _seen(followed, "poll"), _seen(followed, "live"), _seen(followed, "live")),
        ("webhook's 200 to the client, p50", _percentile(followed, "poll", 50), _percentile(followed, "live", 50), "the same"),
        ("webhook's 200 to the client, p99", _percentile(followed, "poll", 99), _percentile(followed, "live", 99), "the same"),
    ]
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, "|---|---|---|---|", *body]


def _delays(followed: Sequence[Followed], way: str) -> list[float]:
    return [delay for one in followed for delay in (one.poll_delays if way == "poll" else one.live_delays)]


def _seen(followed: Sequence[Followed], way: str) -> str:
    return f"{len(_delays(followed, way))} of {sum(one.events for one in followed)}"


def _percentile(followed: Sequence[Followed], way: str, percent: int) -> str:
    return f"{statistics.quantiles(_delays(followed, way), n=100)[percent - 1] * 1000:,.0f} ms"


if __name__ == "__main__":
    raise SystemExit(main())
