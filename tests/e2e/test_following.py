"""What an operator sees of a job in the logs of deployed functions: one id all the way, and metrics under the stack's name."""

import json
from collections import defaultdict
from typing import Any

from local.aws import Clients
from local.stack import Stack
from tests.support.api import Api, wait_for
from tests.support.embedded import Metric, metrics_of_line

_ON_THE_WAY = ("generate", "webhook", "notify", "query")
_COUNTED = {("generate", "JobsCreated"), ("webhook", "JobsCompleted"), ("notify", "TimeToNotification")}


def printed(stack: Stack, function: str) -> list[str]:
    """Every line of its log."""
    group = stack.resources[f"{function.title()}Logs"]
    pages = Clients(stack.aws_endpoint_url).logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [line for page in pages for event in page["events"] for line in event["message"].splitlines()]


def lines_of(stack: Stack, job_id: str) -> dict[str, list[dict[str, Any]]]:
    """Function → what it logged with the job's id anywhere in it."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for function in _ON_THE_WAY:
        for line in printed(stack, function):
            if job_id in line and line.startswith("{"):
                found[function].append(json.loads(line))
    return found


def test_one_id_leads_through_the_logs_from_the_request_to_the_notification(stack: Stack, api: Api) -> None:
    job_id = api.new_job("un chat")
    api.watch(job_id)
    api.feed_with(1)
    Api.of_new_user(stack).get(f"/api/images/{job_id}/status")  # a refusal is a line, too
    found = wait_for(lambda: lines_of(stack, job_id), lambda lines: set(lines) == set(_ON_THE_WAY), "lines of every function")
    for function, lines in found.items():
        assert {line["correlation_id"] for line in lines} == {job_id}
        assert {line["service"] for line in lines} == {function}
    assert all("gateway_request_id" in line for name in ("generate", "webhook", "query") for line in found[name])


def test_metrics_of_the_deployed_functions_stand_under_the_stack_s_name(stack: Stack, api: Api) -> None:
    api.watch(api.new_job("un chat"))
    api.feed_with(1)

    def counted() -> list[Metric]:
        return [metric for name in _ON_THE_WAY for line in printed(stack, name) for metric in metrics_of_line(line)]

    found = wait_for(counted, lambda all_of: {(one.service, one.name) for one in all_of} >= _COUNTED, "the metrics of a job")
    assert {metric.namespace for metric in found} == {f"Sorami/{stack.stack_name}"}
