"""A client that does not know whether it was heard asks again, with the same `Idempotency-Key`."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from local.aws import Clients
from local.logs import log_groups
from local.stack import Stack
from tests.support.api import Api, completed, wait_for
from tests.support.tables import Tables

_RETRIES = 100
_AT_ONCE = 12
_LINES_LOST = 10
"""The emulator waits 50 ms for what a call has logged; on a busy machine it then loses the line."""


@pytest.fixture
def key() -> str:
    return str(uuid4())


def _said_of(stack: Stack, job_id: str) -> Counter[str]:
    """How often generate has logged which sentence of the job."""
    clients = Clients(stack.aws_endpoint_url)
    group = log_groups(clients.functions, {"GenerateFunction": stack.functions["GenerateFunction"]})["generate"]
    pages = clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    lines = [line for page in pages for event in page["events"] for line in event["message"].splitlines() if job_id in line]
    return Counter(json.loads(line)["message"] for line in lines if line.startswith("{"))


def test_a_hundred_concurrent_retries_are_one_job_and_one_submission(api: Api, stack: Stack, key: str) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as callers:
        answers = list(callers.map(lambda _: api.generate("!silent un chat", key=key), range(_RETRIES)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers].count("true") == _RETRIES - 1
    job_id = answers[0].json()["job_id"]
    assert Tables.of(stack).jobs_of(api.user) == [job_id]
    assert {answer.headers["Location"] for answer in answers} == {f"/api/images/{job_id}/status"}
    enough = _RETRIES - _LINES_LOST
    said = wait_for(lambda: _said_of(stack, job_id), lambda said: said.total() >= enough, "the log of nearly all retries")
    assert said["submitted"] <= 1
    assert said["replayed"] >= enough - 1


def test_another_body_is_422(api: Api, stack: Stack, key: str) -> None:
    assert api.generate("!silent un chat", key=key).status_code == 202
    answer = api.generate("!silent un chien", key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(Tables.of(stack).jobs_of(api.user)) == 1


def test_a_malformed_key_is_400_and_a_bad_request_does_not_use_up_a_good_one(api: Api, key: str) -> None:
    answer = api.generate("un chat", key="a b")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert api.generate("", key=key).status_code == 400
    answer = api.generate("!silent un chat", key=key)
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (202, False)


def test_the_key_of_a_deleted_job_is_410(api: Api, key: str) -> None:
    job_id = api.generate("!silent un chat", key=key).json()["job_id"]
    assert api.webhook(completed(job_id)).json()["applied"] is True
    assert api.delete(job_id).status_code == 204
    answer = api.generate("!silent un chat", key=key)
    assert (answer.status_code, answer.json()["code"]) == (410, "job_deleted")


def test_users_do_not_share_keys(api: Api, stack: Stack, key: str) -> None:
    theirs = Api.of_new_user(stack).generate("!silent un chat", key=key)
    ours = api.generate("!silent un chat", key=key)
    assert ours.json()["job_id"] != theirs.json()["job_id"]
    assert "Idempotent-Replayed" not in ours.headers
