"""Logs, metrics and traces, the same in every function: one JSON line per fact, metrics in CloudWatch's embedded format."""

import functools
import os
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

__all__ = ["MetricUnit", "count", "instrumented", "logger", "metrics", "name_job"]

logger = Logger()
metrics = Metrics(namespace="Sorami")
_counting = Lock()


def name_job(job_id: str) -> None:
    """From here on every log line of this invocation, and of this thread, carries the job's id as its correlation id."""
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(correlation_id=job_id, job_id=job_id)


def count(name: str, value: int = 1) -> None:
    """Counts something that an operator may want to see; from any thread, which Powertools' own metrics do not stand."""
    with _counting:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def instrumented[**P, R](handler: Callable[P, R]) -> Callable[P, R]:
    """Wraps a function's handler: log keys begin afresh, metrics go out at the end, whatever happens in between."""

    @functools.wraps(handler)
    def handle(*arguments: P.args, **named: P.kwargs) -> R:
        logger.thread_safe_clear_keys()  # what the last invocation named, which `clear_state` leaves
        try:
            return cast("R", _traced(handler)(*arguments, **named))
        finally:
            if metrics.metric_set:
                metrics.flush_metrics()

    logged: Callable[P, R] = logger.inject_lambda_context(clear_state=True)(handle)
    return logged


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
