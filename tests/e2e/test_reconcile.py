"""Jobs of which nothing is heard, on the deployed stack: its reconcile function, run by hand where a schedule has a minute."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local import aliases
from local.aws import Clients
from local.stack import Stack
from tests.support.api import Api, wait_for


def reconcile(stack: Stack) -> dict[str, Any]:
    answer = Clients(stack.aws_endpoint_url).functions.invoke(FunctionName=stack.functions["ReconcileFunction"], Payload=b"{}")
    assert answer.get("FunctionError", "") == "", answer["Payload"].read()
    report: dict[str, Any] = json.loads(answer["Payload"].read())
    assert report["failures"] == 0
    return report


def _until_it_ends(stack: Stack, api: Api, job_id: str) -> dict[str, Any]:
    def tick() -> dict[str, Any]:
        reconcile(stack)
        return api.status(job_id)

    return wait_for(tick, lambda status: status["status"] in {"COMPLETED", "FAILED"}, f"the end of {job_id}")


def test_a_result_that_was_never_reported_is_recovered_and_told_once(hasty_stack: Stack) -> None:
    api = Api.of_new_user(hasty_stack)
    job_id = api.new_job("!silent un chat", size="512x512")
    assert _until_it_ends(hasty_stack, api, job_id)["status"] == "COMPLETED"
    assert len(api.get(f"/api/images/{job_id}/result").json()["images"]) == 1
    reconcile(hasty_stack)
    (notification,) = api.feed_with(1)["notifications"]
    assert notification["metadata"]["generationId"] == job_id


def test_row_3_a_job_that_no_backend_takes_ends_unavailable(hasty_stack: Stack) -> None:
    with _wrong_backend_key(Clients(hasty_stack.aws_endpoint_url), hasty_stack):
        api = Api.of_new_user(hasty_stack)
        status = _until_it_ends(hasty_stack, api, api.new_job("un chat"))
    assert (status["status"], status["error_code"]) == ("FAILED", "backend_unavailable")
    (notification,) = api.feed_with(1)["notifications"]
    assert notification["metadata"]["errorCode"] == "backend_unavailable"


@contextmanager
def _wrong_backend_key(clients: Clients, stack: Stack) -> Iterator[None]:
    """The backend answers 401 then, which says nothing of the job."""
    secret_id = stack.resources["ServiceSecret"]
    right = clients.secrets.get_secret_value(SecretId=secret_id)["SecretString"]

    def put(secret: str, generation: str) -> None:
        clients.secrets.put_secret_value(SecretId=secret_id, SecretString=secret)
        for function in ("GenerateFunction", "ReconcileFunction"):
            _restart(clients, stack, function, generation)

    put(json.dumps(json.loads(right) | {"backend_api_key": "another"}), "2")
    try:
        yield
    finally:
        put(right, "3")


def _restart(clients: Clients, stack: Stack, function: str, generation: str) -> None:
    """New workers: the warm ones know the key for five minutes."""
    name = stack.functions[function]
    variables = clients.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    clients.functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**variables, "GENERATION": generation}}
    )
    aliases.publish(clients.functions, [name])
