"""How many requests each call of the API, each report and each record costs, counted by botocore's events (docs/cost.md)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import responses

import generate.app
import notify.app
import query.app
import webhook.app
from sorami.clients import session
from sorami.connections import Connection, Connections
from sorami.jobs import Job
from sorami.store import JobStore
from sorami.times import now
from tests.support.gateway import FakeContext, invoke, request
from tests.support.metering import Meter
from tests.support.samples import completed, completed_body, minutes, new_user, pending_job, progress_body
from tests.support.stack import BACKEND_URL, SECRETS, Stack
from tests.support.stream import record

WEBHOOK = "POST /api/webhooks/image-completion"


@pytest.fixture
def meter(stack: Stack) -> Iterator[Meter]:
    """Counts what the functions ask: their clients are made from this session, the test's own are not."""
    with Meter().watching(session().get_component("event_emitter")) as watching:
        yield watching


@pytest.fixture
def job(stack: Stack) -> Job:
    one = pending_job(user_id=new_user())
    JobStore(stack.dynamodb, stack.jobs_table).create(one)
    return one


@pytest.fixture
def finished(stack: Stack, job: Job) -> Job:
    return JobStore(stack.dynamodb, stack.jobs_table).apply(job.job_id, completed(job.job_id), minutes(5)).job


def dynamodb_calls(meter: Meter, call: Callable[[], Any]) -> list[str]:
    """What the second such call asks: the first of a worker reads its secret as well."""
    call()
    meter.calls.clear()
    call()
    assert [one for one in meter.calls if not one.startswith(("dynamodb.", "sns."))] == []
    return [one.removeprefix("dynamodb.") for one in meter.calls]


def test_create_is_one_put_and_one_count(meter: Meter, deploy: Callable[..., None], http: responses.RequestsMock) -> None:
    http.post(f"{BACKEND_URL}/api/images/generate", status=202)
    body = {"prompt": "un chat", "num_images": 4}
    deploy("GenerateFunction")
    create = lambda: invoke(generate.app.handler, request("POST /api/images/generate", user=new_user(), body=body))  # noqa: E731
    assert dynamodb_calls(meter, create) == ["Query", "PutItem"]
    deploy("GenerateFunction", MaxOpenJobsPerUser="0")
    assert dynamodb_calls(meter, create) == ["PutItem"]


@pytest.mark.parametrize("body_of", [progress_body, completed_body])
def test_a_report_is_one_update(meter: Meter, deploy: Callable[..., None], job: Job, body_of: Callable[[str], Any]) -> None:
    deploy("WebhookFunction")
    headers = {"x-webhook-secret": SECRETS["webhook_secret"]}
    report = lambda: invoke(webhook.app.handler, request(WEBHOOK, body=body_of(job.job_id), headers=headers))  # noqa: E731
    assert dynamodb_calls(meter, report) == ["UpdateItem"]


def test_an_outcome_is_one_put_one_publish_and_one_look_for_connections(
    meter: Meter, deploy: Callable[..., None], stack: Stack, finished: Job
) -> None:
    deploy("NotifyFunction")
    event = {"Records": [record(stack.item(finished.job_id), None)]}
    notify_it = lambda: notify.app.handler(event, FakeContext())  # noqa: E731
    assert dynamodb_calls(meter, notify_it) == ["PutItem", "sns.Publish", "Query"]


def test_who_is_connected_costs_one_count_more(
    meter: Meter, deploy: Callable[..., None], stack: Stack, finished: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Channel:
        def __init__(self, _client: Any) -> None: ...
        def post(self, connection_id: str, message: Any) -> None: ...

    monkeypatch.setattr(notify.app, "Channel", Channel)
    deploy("NotifyFunction")
    connections = Connections(stack.dynamodb, stack.notifications_table)
    connections.add(Connection(connection_id="abc", user_id=finished.user_id, connected_at=now()))
    event = {"Records": [record(stack.item(finished.job_id), None)]}
    notify_it = lambda: notify.app.handler(event, FakeContext())  # noqa: E731
    assert dynamodb_calls(meter, notify_it) == ["PutItem", "sns.Publish", "Query", "Query"]


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (("GET /api/images/{id}/status", {}), ["GetItem"]),
        (("GET /api/images/{id}/result", {}), ["GetItem"]),
        (("GET /api/images/user", {}), ["Query"]),
        (("GET /api/images/user", {"status": "ALL"}), ["Query", "BatchGetItem"]),
        (("GET /api/notifications", {}), ["Query", "Query"]),
        (("GET /health", {}), []),
    ],
)
def test_a_read_is_what_the_design_says(
    read: tuple[str, dict[str, str]], expected: list[str], meter: Meter, deploy: Callable[..., None], finished: Job
) -> None:
    deploy("QueryFunction", ImageRetentionDays="3650")
    route, query_string = read
    event = request(route, user=finished.user_id, query=query_string, path={"id": finished.job_id})
    assert dynamodb_calls(meter, lambda: invoke(query.app.handler, event)) == expected
