"""A backend that refuses a request for good, and results that are there no more."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from local import aliases
from local.aws import Clients
from local.ports import LOOPBACK
from local.stack import Stack
from tests.support.api import Api, completed
from tests.support.serving import serving
from tests.support.tables import Tables


@pytest.fixture
def refusing(hasty_stack: Stack) -> Iterator[Stack]:
    """The stack, its generate function speaking to a backend that answers 422 to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(422)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"message": "No such style."}')

        def log_message(self, *_given: object) -> None:
            pass

    functions = Clients(hasty_stack.aws_endpoint_url).functions
    name = hasty_stack.functions["GenerateFunction"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    with serving(ThreadingHTTPServer((LOOPBACK, 0), Handler)) as url:
        there = variables | {"BACKEND_URL": url}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": there})
        aliases.publish(functions, [name])
        try:
            yield hasty_stack
        finally:
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
            aliases.publish(functions, [name])


def test_row_5_a_definite_refusal_is_502_with_the_failed_jobs_id_and_its_key_is_free(refusing: Stack) -> None:
    api, key = Api.of_new_user(refusing), str(uuid4())
    refused = [api.generate("un chat", key=key) for _ in range(2)]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(502, "backend_rejected")] * 2
    jobs = [answer.json()["job_id"] for answer in refused]
    assert len(set(jobs)) == 2
    for job_id in jobs:
        status = api.status(job_id)
        assert (status["status"], status["error_code"], status["error"]) == ("FAILED", "backend_rejected", "No such style.")
    told = {one["metadata"]["generationId"] for one in api.feed_with(2)["notifications"]}
    assert told == set(jobs)


def test_a_result_whose_files_have_expired_is_410(api: Api, stack: Stack) -> None:
    job_id = api.new_job()
    assert api.webhook(completed(job_id)).json()["applied"] is True
    assert api.get(f"/api/images/{job_id}/result").status_code == 200
    Tables.of(stack).client.update_item(  # nobody can wait for a year
        TableName=stack.jobs_table,
        Key={"job_id": {"S": job_id}},
        UpdateExpression="SET finished_at = :long_ago, completed_at = :long_ago",
        ExpressionAttributeValues={":long_ago": {"S": "2020-01-02T03:04:05.678Z"}},
    )
    answer = api.get(f"/api/images/{job_id}/result")
    assert (answer.status_code, answer.json()["code"]) == (410, "result_expired")
    (card,) = api.get("/api/images/user").json()["generations"]
    assert (card["id"], card["images"]) == (job_id, [])
