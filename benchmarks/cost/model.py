"""A million jobs, line by line: what was counted and measured, times the prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.cost.measured import Measured
from benchmarks.cost.memory import billed_ms
from benchmarks.prices import PER

PROGRESS_EVENTS: Final = 3
REPORTS: Final = PROGRESS_EVENTS + 1
POLL_SECONDS: Final = 2
POLLS: Final = 10  # a job of 20 s, asked after every 2 s
CHANGES: Final = REPORTS + 1  # stream records: each an invocation of notify, as when jobs come one by one
IMAGES: Final = 2
IMAGE_GB: Final = 0.5e-3
LAMBDA_LOG_BYTES: Final = 350  # START, END and REPORT of an invocation
ACCESS_LOG_BYTES: Final = 260  # the template's format


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a job, or the average of many, made the service do. `outcomes`: notifications; `gigabytes`: of all its images;
    `live`: its page was connected anyway; `polls`: of its status, if it was not."""

    write_units: float
    reports: float = REPORTS
    outcomes: float = 1
    polls: float = 0
    images: float = IMAGES
    gigabytes: float = IMAGES * IMAGE_GB
    live: bool = True


def dollars_of(course: Course, measured: Measured, sizes: Mapping[str, int]) -> dict[str, float]:
    """Dollars by line item. `sizes`: MB by function."""
    changes = course.reports + 1
    calls = {"generate": 1, "webhook": course.reports, "query (status)": course.polls + 1, "notify": changes}
    http = 1 + course.reports + course.polls + 1
    messages = changes + course.outcomes if course.live else 0
    return {
        "API Gateway": http * PER["http_request"] + messages * PER["websocket_message"],
        "Lambda": sum(number * _call(name, measured.cpu_ms[name], sizes[name]) for name, number in calls.items()),
        "DynamoDB writes": course.write_units * PER["write_unit"],
        "DynamoDB reads": _reads(measured.reads, course) * PER["read_unit"],
        "S3 (a month)": course.images * (PER["s3_put"] + PER["s3_get"]) + course.gigabytes * PER["s3_gb_month"],
        "SNS": course.outcomes * PER["sns_publish"],
        "Logs": _logs(calls, http, measured.log_bytes),
    }


def ours(measured: Measured, sizes: Mapping[str, int], *, live: bool) -> dict[str, float]:
    """Dollars of the job that was measured. `live`: its page is connected anyway and does not poll."""
    return dollars_of(Course(write_units=measured.write_units, polls=0 if live else POLLS, live=live), measured, sizes)


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


def _reads(reads: Mapping[str, float], course: Course) -> float:
    changes = course.reports + 1
    looks = changes * reads["notification"] + (changes + 1 if course.live else 0)
    return reads["create"] + course.polls * reads["status"] + reads["result"] + looks


def _logs(calls: Mapping[str, float], http: float, log_bytes: Mapping[str, float]) -> float:
    lines = sum(number * (log_bytes[name] + LAMBDA_LOG_BYTES) for name, number in calls.items())
    return (lines + http * ACCESS_LOG_BYTES) / 1e9 * PER["log_gb"]
