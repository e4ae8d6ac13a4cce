"""A million jobs, line by line: what was counted and measured, times the prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.cost.memory import billed_ms
from benchmarks.prices import PER

PROGRESS_EVENTS: Final = 3
REPORTS: Final = PROGRESS_EVENTS + 1
POLLS: Final = 10  # a job of 20 s, asked after every 2 s
CHANGES: Final = REPORTS + 1  # stream records: each an invocation of notify, as when jobs come one by one
IMAGES: Final = 2
IMAGE_GB: Final = 0.5e-3
LAMBDA_LOG_BYTES: Final = 350  # START, END and REPORT of an invocation
ACCESS_LOG_BYTES: Final = 260  # the template's format


@dataclass(frozen=True, slots=True)
class Measured:
    """`writes`, `reads`: capacity units by step; `cpu_ms`, `log_bytes`: of a call, by function."""

    writes: Mapping[str, float]
    reads: Mapping[str, float]
    cpu_ms: Mapping[str, float]
    log_bytes: Mapping[str, float]


def ours(measured: Measured, sizes: Mapping[str, int], *, live: bool) -> dict[str, float]:
    """Dollars of one job by line item. `live`: its page is connected anyway and does not poll."""
    polls = 0 if live else POLLS
    calls = {"generate": 1, "webhook": REPORTS, "query (status)": polls + 1, "notify": CHANGES}
    http = 1 + REPORTS + polls + 1
    messages = CHANGES + 1 if live else 0
    return {
        "API Gateway": http * PER["http_request"] + messages * PER["websocket_message"],
        "Lambda": sum(number * _call(name, measured.cpu_ms[name], sizes[name]) for name, number in calls.items()),
        "DynamoDB writes": sum(measured.writes.values()) * PER["write_unit"],
        "DynamoDB reads": _reads(measured.reads, polls, live=live) * PER["read_unit"],
        "S3 (a month)": IMAGES * (PER["s3_put"] + PER["s3_get"] + IMAGE_GB * PER["s3_gb_month"]),
        "SNS": PER["sns_publish"],
        "Logs": _logs(calls, http, measured.log_bytes),
    }


def tutorial(measured: Measured) -> dict[str, float]:
    """As most tutorials do it: a REST API, x86_64 at 1,024 MB, an index that projects everything, an item for each image."""
    http = 1 + REPORTS + POLLS + 1
    calls = {"generate": 1, "webhook": REPORTS, "query (status)": POLLS + 1, "notify": CHANGES}
    writes = 2 + PROGRESS_EVENTS * 2 + (2 + IMAGES * 2) + 2  # every write twice: the table and its index
    lines = ours(measured, dict.fromkeys(calls, 1024), live=False)
    dear = PER["lambda_x86_gb_second"] / PER["lambda_gb_second"]
    requests = sum(calls.values()) * PER["lambda_request"]
    return {
        **lines,
        "API Gateway": http * PER["rest_request"],
        "Lambda": requests + (lines["Lambda"] - requests) * dear,
        "DynamoDB writes": writes * PER["write_unit"],
        "DynamoDB reads": lines["DynamoDB reads"] + PER["read_unit"],  # its images are a Query of their own
    }


def _call(name: str, cpu_ms: float, size: int) -> float:
    return PER["lambda_request"] + size / 1024 * billed_ms(name, cpu_ms, size) / 1000 * PER["lambda_gb_second"]


def _reads(reads: Mapping[str, float], polls: int, *, live: bool) -> float:
    looks = CHANGES * reads["notification"] + (CHANGES + 1 if live else 0)
    return reads["create"] + polls * reads["status"] + reads["result"] + looks


def _logs(calls: Mapping[str, int], http: int, log_bytes: Mapping[str, float]) -> float:
    lines = sum(number * (log_bytes[name] + LAMBDA_LOG_BYTES) for name, number in calls.items())
    return (lines + http * ACCESS_LOG_BYTES) / 1e9 * PER["log_gb"]


def measured_from(steps: Mapping[str, Any], warm: Mapping[str, Any]) -> Measured:
    """`steps`: name → the Meter that watched it."""
    writing = {"PutItem", "UpdateItem"}

    def units(meter: Any, *, is_write: bool) -> float:
        return float(sum(one.total for one in meter.consumed if (one.operation in writing) is is_write))

    functions = warm["functions"]
    return Measured(
        writes={name: units(meter, is_write=True) for name, meter in steps.items()},
        reads={name: units(meter, is_write=False) for name, meter in steps.items()},
        cpu_ms={name: one["ours"]["cpu_ms"] for name, one in functions.items()},
        log_bytes={name: one["log_bytes"] for name, one in functions.items()},
    )
