import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from local.gateway import Route
from local.warmth import mildest_request, passed_over
from tests.support.gateway import FakeContext
from tests.support.stack import Stack


def test_a_function_that_reads_is_warmed_by_a_read_of_an_id_that_nothing_has() -> None:
    routes = [Route("DELETE /api/images/{id}", "Q", "Jwt"), Route("GET /api/images/{id}/status", "Q", "Jwt")]
    assert mildest_request(routes) == ("GET", "/api/images/warm-up/status")


def test_a_function_that_only_writes_is_warmed_by_an_empty_post() -> None:
    assert mildest_request([Route("POST /api/images/generate", "G", "Jwt")]) == ("POST", "/api/images/generate")


def test_a_function_without_a_route_of_a_known_method_has_no_such_request() -> None:
    assert mildest_request([]) is None
    assert mildest_request([Route("$default", "Q", None), Route("ANY /x", "Q", None)]) is None


@pytest.mark.parametrize("name", ["notify", "ingest", "reconcile"])
def test_a_function_without_a_route_is_warmed_by_an_event_that_it_passes_over(
    name: str, stack: Stack, deploy: Callable[..., None], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """No record to be delivered again, no warning, nothing counted, nothing written, nothing parked."""
    deploy(f"{name.capitalize()}Function")
    answer: dict[str, Any] = import_module(f"{name}.app").handler(passed_over(), FakeContext())
    assert answer in ({"batchItemFailures": []}, {"jobs": 0, "failures": 0, "is_cut": False})
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert capsys.readouterr().out == ""  # nothing counted
    for table in (stack.jobs_table, stack.notifications_table):
        assert stack.dynamodb.scan(TableName=table)["Count"] == 0
    assert "Messages" not in stack.sqs.receive_message(QueueUrl=stack.parked_queue_url)


def test_should_notify_trip_over_the_event_it_parks_nothing() -> None:
    assert passed_over()["redrive"] is True
