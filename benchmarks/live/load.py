"""`make load-live`: 200 open connections and 1,000 job events at once on the local stack: none lost, none out of order."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from local.aws import Clients
from local.failures import StartFailure
from local.stack import Options, Stack, running_stack
from tests.support.live_load import audiences, change_jobs, hear_out

_USERS = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live.load", description=__doc__)
    parser.add_argument("--connections", type=int, default=200, help="of ten users together (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=20, help="(default: %(default)s)")
    parser.add_argument("--events", type=int, default=50, help="of each job (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=8, help="jobs in work side by side (default: %(default)s)")
    asked = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _load(Path(folder), asked.connections, asked.jobs, asked.events, asked.at_once)
    except StartFailure as failure:
        print(failure, file=sys.stderr)
        return 1


def _load(folder: Path, connections: int, jobs: int, events: int, at_once: int) -> int:
    with running_stack(folder, Options(parameters={"FirstLookSeconds": "3600"})) as stack:
        begun = time.monotonic()
        with audiences(stack, _USERS, connections // _USERS) as made:
            opened = time.monotonic()
            heard = hear_out(change_jobs(made, jobs, events, at_once), events)
        seconds = time.monotonic() - opened
        pushed, trouble = _pushes_in_the_log(stack)
    print(f"{connections} connections opened and in sync after {opened - begun:.1f} s")
    print(f"{jobs} jobs of {events} webhook events each, {at_once} at once: {seconds:.1f} s until everybody had the last message")
    print(f"messages: {heard.messages} of {heard.expected}; connections and jobs that did not hear each once in order:")
    print("\n".join(heard.wrong) or "  none")
    print(f"notifications missing or doubled: {heard.notifications_missing}")
    print(f"notify pushed in {len(pushed)} invocations, {max(pushed, default=0)} ms at most; failures, time-outs: {trouble}")
    return 0 if heard.is_everything and trouble == 0 else 1


def _pushes_in_the_log(stack: Stack) -> tuple[list[int], int]:
    """How many milliseconds each invocation of notify pushed for, and how many lines speak of pushes that did not come off or of
    an invocation that did not end."""
    logs = Clients(stack.aws_endpoint_url).logs
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=stack.resources["NotifyLogs"])
    lines = [event["message"] for page in pages for event in page["events"]]
    pushed = [json.loads(line)["milliseconds"] for line in lines if '"message":"pushed"' in line]
    words = ("Task timed out", "PushesLeftOut", "PushesFailed", "live connections were not told")
    return pushed, sum(any(word in line for word in words) for line in lines)


if __name__ == "__main__":
    raise SystemExit(main())
