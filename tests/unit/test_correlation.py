"""One id from the browser's request to the notification: whatever a function logs of a job carries the job's id."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses

import discard.app
import generate.app
import ingest.app
import query.app
import webhook.app
from sorami.backend import Backend
from sorami.clients import client
from sorami.connections import Connection, Connections
from sorami.jobs import BackendFile, Job
from sorami.observability import logger
from sorami.times import now
from tests.support.backend_files import backend_image, completed_on_backend, serve
from tests.support.bench import Bench
from tests.support.gateway import FakeContext, request
from tests.support.samples import completed, completed_body, new_user, pending_job, progress_body
from tests.support.stack import BACKEND_URL, Stack
from tests.support.stream import record

_OF_A_WHOLE_RUN = {"pushed", "swept"}
"""Lines about many jobs: they carry the id of none."""

type Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def bench(stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(stack=stack, deploy=deploy, http=http, monkeypatch=monkeypatch)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """What was logged since the last look, as CloudWatch gets it."""
    caplog.handler.setFormatter(logger.registered_formatter)

    def take() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in caplog.text.splitlines()]
        caplog.clear()
        return found

    return take


def all_of(job_id: str, lines: list[dict[str, Any]]) -> list[str]:
    """The messages, once each is known to be of the job."""
    assert lines
    for line in lines:
        if line["message"] in _OF_A_WHOLE_RUN:
            assert "correlation_id" not in line
        else:
            assert (line["correlation_id"], line["job_id"]) == (job_id, job_id), line
    return [line["message"] for line in lines]


def test_one_id_leads_from_the_request_of_a_page_to_the_notification(
    bench: Bench, lines: Lines, http: responses.RequestsMock
) -> None:
    user = new_user()
    http.post(f"{BACKEND_URL}/api/images/generate", status=202, json={})
    bench.be("generate")
    answer = generate.app.handler(request("POST /api/images/generate", user=user, body={"prompt": "un chat"}), FakeContext())
    job_id = json.loads(answer["body"])["job_id"]
    said = lines()
    assert all_of(job_id, said) == ["submitted"]
    assert said[0]["gateway_request_id"]

    bench.report(progress_body(job_id), completed_body(job_id), completed_body(job_id))
    assert all_of(job_id, lines()) == ["applied", "applied", "ignored"]

    bench.notify(record(bench.stack.item(job_id)))
    assert all_of(job_id, lines()) == ["told"]

    bench.be("query")
    another = request("GET /api/images/{id}/status", user=new_user(), path={"id": job_id})
    query.app.handler(another, FakeContext())
    assert all_of(job_id, lines()) == ["refused"]

    bench.be("discard")
    discard.app.handler(request("DELETE /api/images/{id}", user=user, path={"id": job_id}), FakeContext())
    assert all_of(job_id, lines()) == ["deleted"]


def _with_tables_away(bench: Bench, job: Job, route: str, function: str, handler: Callable[..., Any]) -> None:
    bench.be(function)
    down = lambda **_: (_ for _ in ()).throw(ValueError("a mistake of ours"))  # noqa: E731
    client("dynamodb").meta.events.register("before-call.dynamodb", down)
    handler(request(route, user=job.user_id, path={"id": job.job_id}), FakeContext())


@pytest.mark.parametrize(
    ("route", "function", "handler"),
    [
        ("GET /api/images/{id}/status", "query", query.app.handler),
        ("GET /api/images/{id}/result", "query", query.app.handler),
        ("POST /api/images/{id}/cancel", "discard", discard.app.handler),
        ("DELETE /api/images/{id}", "discard", discard.app.handler),
    ],
)
def test_an_error_while_a_job_is_read_names_the_job(
    route: str, function: str, handler: Callable[..., Any], bench: Bench, lines: Lines
) -> None:
    job = bench.job()
    _with_tables_away(bench, job, route, function, handler)
    assert all_of(job.job_id, lines()) == ["unexpected error"]


@pytest.mark.parametrize("path", ["x", "{}", "a" * 4000, "00000000-0000-4000-8000-00000000000g"])
def test_no_text_of_a_stranger_becomes_an_id(path: str, bench: Bench, lines: Lines) -> None:
    for function, route, handler in (
        ("query", "GET /api/images/{id}/status", query.app.handler),
        ("discard", "DELETE /api/images/{id}", discard.app.handler),
    ):
        bench.be(function)
        event = request(route, user=new_user(), path={"id": "x"})
        handler({**event, "pathParameters": {"id": path}}, FakeContext())
        assert ["correlation_id" in line for line in lines()] == [False]


def test_reconcile_s_lines_of_a_job_carry_its_id_also_when_it_fails(
    bench: Bench, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backend, "status", lambda *_: 1 / 0)
    bench.reconcile(age=timedelta(hours=3))
    [item] = bench.stack.items(bench.stack.jobs_table)
    assert all_of(item["job_id"]["S"], lines()) == ["ended", "a job could not be looked after", "swept"]


def test_a_push_that_fails_names_the_job_of_its_message(bench: Bench, lines: Lines) -> None:
    job, other = bench.job(), bench.job()
    for one in (job, other):
        at = now() - timedelta(minutes=5)
        connection = Connection(connection_id=f"deaf-{one.user_id}", user_id=one.user_id, connected_at=at)
        Connections(bench.stack.dynamodb, bench.stack.notifications_table).add(connection)
    bench.notify(record(bench.stack.item(job.job_id)), record(bench.stack.item(other.job_id)))
    failed = [line for line in lines() if line["message"] == "push failed"]
    assert {(line["correlation_id"], line["connection_id"]) for line in failed} == {
        (one.job_id, f"deaf-{one.user_id}") for one in (job, other)
    }


def test_ingest_s_lines_carry_the_id(bench: Bench, lines: Lines, http: responses.RequestsMock) -> None:
    job = bench.store.create(pending_job()).job
    bench.store.apply(job.job_id, completed_on_backend(job, backend_image(job.job_id)), now())
    serve(http, job.job_id, status=410)
    bench.be("ingest")
    event = {"Records": [record(bench.stack.item(job.job_id))]}
    ingest.app.handler(event, FakeContext(milliseconds_left=100_000))
    assert all_of(job.job_id, lines()) == ["not copied"]
    bench.be("ingest")
    bench.monkeypatch.delenv("BACKEND_URL")
    ingest.app.handler(event, FakeContext(milliseconds_left=100_000))
    assert all_of(job.job_id, lines()) == ["the record cannot be handled now"]


@pytest.mark.parametrize(("status", "said"), [(410, "not copied"), (503, "copy postponed")])
def test_no_token_of_a_files_url_is_logged_by_ingest(
    status: int, said: str, bench: Bench, lines: Lines, http: responses.RequestsMock
) -> None:
    job = bench.store.create(pending_job()).job
    url = f"{BACKEND_URL}/files/1.webp"
    there = backend_image(job.job_id, location=BackendFile(url=f"{url}?token=70c3"))
    bench.store.apply(job.job_id, completed_on_backend(job, there), now())
    http.get(f"{url}?token=70c3", status=status)
    bench.be("ingest")
    ingest.app.handler({"Records": [record(bench.stack.item(job.job_id))]}, FakeContext(milliseconds_left=100_000))
    [line] = [line for line in lines() if line["message"] == said]
    assert line["url"] == url
    assert "70c3" not in json.dumps(line)


def test_no_function_inherits_the_id_of_the_job_before(bench: Bench, lines: Lines) -> None:
    bench.report(progress_body(bench.job().job_id))
    lines()
    webhook.app.handler(request("POST /api/webhooks/image-completion", body={}), FakeContext())
    assert ["correlation_id" in line for line in lines()] == [False]


def test_a_report_that_cannot_be_taken_is_logged_by_the_id_that_it_gives(bench: Bench, lines: Lines) -> None:
    job_id = bench.job().job_id
    bench.report(completed_body(job_id, count=0), {"job_id": job_id}, progress_body(job_id, progress=101))
    assert all_of(job_id, lines()) == ["refused"] * 3
    for strange in ("{", '{"job_id":' * 20_000, json.dumps({"job_id": "x\ny"}), json.dumps({"job_id": {}}), json.dumps([job_id])):
        bench.report(strange)
        assert [(line["message"], "correlation_id" in line) for line in lines()] == [("refused", False)]


def test_a_record_that_comes_again_is_logged_by_its_id(bench: Bench, lines: Lines) -> None:
    job = bench.job()
    bench.store.apply(job.job_id, completed(job.job_id), now())
    one = record(bench.stack.item(job.job_id))
    for _ in range(2):
        bench.notify(one)
    assert all_of(job.job_id, lines()) == ["told", "told before", "told"]
