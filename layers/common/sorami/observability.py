"""Logs, metrics and traces, the same in every function: one JSON line per fact, metrics in CloudWatch's embedded format."""

import functools
import os
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from sorami.jobs import Completed, ErrorCode, Failed, Job, JobEvent

__all__ = ["count", "count_end", "count_failure", "instrumented", "logger", "measure", "name_job"]

logger = Logger()
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Sorami"))
_counting = Lock()


def name_job(job_id: str) -> None:
    """From here on every log line of this invocation, and of this thread, carries the job's id as its correlation id."""
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(correlation_id=job_id, job_id=job_id)


def count(name: str, value: int = 1) -> None:
    """Counts something that an operator may want to see; from any thread, which Powertools' own metrics do not stand."""
    with _counting:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def measure(name: str, seconds: float) -> None:
    """Seconds that something took; CloudWatch makes averages and percentiles of them."""
    with _counting:
        metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)


def count_end(event: JobEvent, job: Job) -> None:
    """The end that an applied event has given a job, whoever told of it; an event that leaves the job open counts nothing."""
    match event:
        case Completed():
            count("JobsCompleted")
            if job.metadata and job.metadata.generation_time_seconds is not None:
                measure("GenerationTime", job.metadata.generation_time_seconds)
        case Failed(error_code=code):
            count_failure(code)
        case _:
            pass


def count_failure(code: ErrorCode) -> None:
    """A job that has failed: all of them as `JobsFailed`, and by code, such as `JobsFailedBackendUnavailable`.

    Codes are part of the metric's name since each function would else need dimensions of its own for one metric; there are
    as many as `ErrorCode` has.
    """
    count("JobsFailed")
    count(f"JobsFailed{code.title().replace('_', '')}")


def instrumented[**P, R](handler: Callable[P, R]) -> Callable[P, R]:
    """Wraps a function's handler: log keys begin afresh, metrics go out at the end, whatever happens in between."""

    @functools.wraps(handler)
    def handle(*arguments: P.args, **named: P.kwargs) -> R:
        _name_request(arguments[0] if arguments else None)
        logger.thread_safe_clear_keys()  # what the last invocation named, which `clear_state` leaves
        try:
            return cast("R", _traced(handler)(*arguments, **named))
        finally:
            if metrics.metric_set:
                metrics.flush_metrics()

    logged: Callable[P, R] = logger.inject_lambda_context(clear_state=True)(handle)
    return logged


def _name_request(event: object) -> None:
    """The gateway's request id, which stands in its access log and in the answer's header, beside the job's id."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    if isinstance(context, dict) and "requestId" in context:
        logger.append_keys(gateway_request_id=context["requestId"])


@cache
def _traced(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Under X-Ray where it is on; without answers and errors, since they hold prompts and presigned URLs.

    Tracer costs some 35 ms of a cold start, so it is loaded only there.
    """
    if os.environ.get("POWERTOOLS_TRACE_DISABLED", "true") != "false":
        return handler
    from aws_lambda_powertools import Tracer  # noqa: PLC0415

    traced: Callable[..., Any] = Tracer().capture_lambda_handler(handler, capture_response=False, capture_error=False)
    return traced
