"""What becomes of a job when the backend is away, answers strangely, or refuses it (rows 3 to 6)."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
import responses
from botocore.exceptions import ReadTimeoutError

from generate.app import handler
from sorami.clients import client
from sorami.jobs import Cancelled, Completed, Job, State
from sorami.store import JobStore
from tests.support.gateway import Answer, invoke, request
from tests.support.samples import image, minutes, new_user
from tests.support.stack import BACKEND_URL, Stack

ROUTE = "POST /api/images/generate"
BACKEND = f"{BACKEND_URL}/api/images/generate"
ASKED = {"prompt": "un chat astronaute", "num_images": "2", "size": "512x512", "format": "WEBP"}


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> None:
    deploy("GenerateFunction")


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@pytest.fixture
def user() -> str:
    return new_user()


def ask(user: str, body: Any = None, **more: Any) -> Answer:
    return invoke(handler, request(ROUTE, user=user, body=ASKED if body is None else body, **more))


def jobs_of(store: JobStore, user: str) -> list[Job]:
    return list(store.all_by(user, limit=10).jobs)


# A backend that is away (rows 3, 4, 5, 6)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 403, 404, 405, 408, 409, 425, 429, 500, 502, 503, 504])
def test_an_answer_that_says_nothing_of_this_job_leaves_it_waiting(
    status: int, user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    http.post(BACKEND, status=status, headers={"Location": "http://169.254.169.254/"}, body="<html>")
    answer = ask(user)
    assert (answer.status, answer.json["status"]) == (202, "PENDING")
    assert len(http.calls) == 1
    [job] = jobs_of(store, user)
    assert (job.state, job.version) == (State.PENDING, 1)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectTimeout(),
        requests.ReadTimeout(),
        requests.ConnectionError("reset"),
        requests.exceptions.ChunkedEncodingError(),
        requests.exceptions.InvalidURL(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_answer_leaves_the_job_waiting(error: Exception, user: str, store: JobStore, http: responses.RequestsMock) -> None:
    http.post(BACKEND, body=error)
    assert ask(user).status == 202
    assert jobs_of(store, user)[0].state is State.PENDING


def test_without_secrets_manager_the_job_waits(
    user: str, store: JobStore, http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 21: the job is written, the backend is asked later."""

    def down(**_asked: str) -> None:
        raise ReadTimeoutError(endpoint_url="https://secretsmanager")

    monkeypatch.setattr(client("secretsmanager"), "get_secret_value", down)
    assert ask(user).status == 202
    assert jobs_of(store, user)[0].state is State.PENDING
    assert len(http.calls) == 0


# A refusal for good (row 5)


@pytest.mark.parametrize("status", [400, 413, 415, 422, 451])
def test_row_5_a_definite_refusal_is_502_and_the_job_has_failed(
    status: int, user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    http.post(BACKEND, status=status, json={"message": "Ce prompt  n'est\npas permis"})
    answer = ask(user)
    [job] = jobs_of(store, user)
    assert answer.codes == (502, "backend_rejected")
    assert answer.json["job_id"] == job.job_id
    assert (job.state, job.error_code, job.error) == (State.FAILED, "backend_rejected", "Ce prompt n'est pas permis")


OWN_WORDS = "Le service de génération a refusé cette demande."


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"detail": "non"}', "non"),
        ('{"error": "non"}', "non"),
        ('{"message": {"a": 1}, "error": "non"}', "non"),
        ('{"message": ""}', OWN_WORDS),
        ("", OWN_WORDS),
        ("<html>refused</html>", OWN_WORDS),
        ("[]", OWN_WORDS),
        ('"non"', OWN_WORDS),
        ("[" * 60_000, OWN_WORDS),
        (b"\xff\xfe\x00", OWN_WORDS),
        (b"\x1f\x8b garbage", OWN_WORDS),
        ('{"message": "' + "x" * 100_000 + '"}', OWN_WORDS),
        ('{"message": "' + "é" * 5000 + '"}', "é" * 500),
        (r'{"message": "a\ud800b"}', "a?b"),
    ],
    ids=lambda body: ascii(body)[:24],
)
def test_whatever_a_refusal_says_the_job_fails_with_words_for_people(
    body: str | bytes, error: str, user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    """Row 6: at most 64 KiB of it are read."""
    http.post(BACKEND, status=422, body=body)
    answer = ask(user)
    assert answer.status == 502
    assert jobs_of(store, user)[0].error == error
    assert answer.json["detail"] == OWN_WORDS


def test_a_refusal_that_comes_after_the_result_changes_nothing(user: str, store: JobStore, http: responses.RequestsMock) -> None:
    """Row 10: the webhook was faster than the backend's own answer, and contradicts it."""

    def finish_then_refuse(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        [job] = jobs_of(store, user)
        event = Completed(images=(image(job.job_id),), generated_at=minutes(1), message="1 image")
        assert store.apply(job.job_id, event, minutes(1)).applied
        return 422, {}, "{}"

    http.add_callback(responses.POST, BACKEND, callback=finish_then_refuse)
    answer = ask(user)
    assert (answer.status, answer.json["status"], answer.json["message"]) == (202, "COMPLETED", "1 image")
    assert [job.state for job in jobs_of(store, user)] == [State.COMPLETED]


def test_a_refusal_of_a_job_that_is_deleted_meanwhile_is_a_refusal(
    user: str, store: JobStore, http: responses.RequestsMock
) -> None:
    """The owner, who has the id by a list or a replay, cancels and deletes the job while the backend thinks."""

    def delete_then_refuse(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        [job] = jobs_of(store, user)
        cancelled = store.apply(job.job_id, Cancelled(by=user, message="…"), minutes(1)).job
        assert store.bury(cancelled, minutes(1))
        return 422, {}, "{}"

    http.add_callback(responses.POST, BACKEND, callback=delete_then_refuse)
    answer = ask(user)
    assert answer.codes == (502, "backend_rejected")
    assert answer.json["job_id"]
    assert jobs_of(store, user) == []


def test_a_backend_key_beyond_latin_1_is_sent_as_utf_8(user: str, stack: Stack, http: responses.RequestsMock) -> None:
    stack.put_secret("ServiceSecret", {"webhook_secret": "x", "backend_api_key": "clé-鍵"})
    http.post(BACKEND)
    assert ask(user).status == requests.codes.accepted
    sent: Mapping[str, object] = http.calls[0].request.headers
    assert sent["Authorization"] == "Bearer clé-鍵".encode()
