"""The HTTP client of the generation backend; what becomes of a job is in test_generate_backend."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import responses

from sorami.backend import CONNECT_SECONDS, MAX_ANSWER_BYTES, READ_SECONDS, REFUSALS, Backend, session
from sorami.errors import BackendRejected, BackendUnavailable

URL = "http://backend.example.net:8000"


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def submit(url: str = URL, key: str = "k") -> None:
    Backend(url, lambda: key, session()).submit("job-1", {"job_id": "job-1"})


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize("base", [URL, f"{URL}/"])
def test_any_2xx_is_accepted(status: int, base: str, http: responses.RequestsMock) -> None:
    http.post(f"{URL}/api/images/generate", status=status)
    submit(base)


@pytest.mark.parametrize("status", range(300, 600))
def test_every_other_status_is_a_refusal_or_a_reason_to_wait(status: int, http: responses.RequestsMock) -> None:
    """Row 5."""
    http.post(f"{URL}/api/images/generate", status=status)
    expected = BackendRejected if status in {400, 413, 415, 422, 451} else BackendUnavailable
    with pytest.raises(expected) as raised:
        submit()
    assert vars(raised.value)["status"] == status


@pytest.mark.parametrize("question", ["status", "result"])
@pytest.mark.parametrize("status", [201, 204, 302, *sorted(REFUSALS), 401, 403, 429, 500, 503])
def test_whatever_a_question_is_answered_it_refuses_no_job(status: int, question: str, http: responses.RequestsMock) -> None:
    """Only what is submitted can be refused; a question that goes wrong says nothing of the job."""
    http.get(f"{URL}/api/images/{question}/a-job", status=status, json={"status": "FAILED"})
    backend = Backend(URL, lambda: "the-key", session())
    with pytest.raises(BackendUnavailable) as caught:
        getattr(backend, question)("a-job")
    assert caught.value.status == status


def test_the_definite_refusals_are_the_contracts() -> None:
    assert {400, 413, 415, 422, 451} == REFUSALS


def test_the_limits_are_below_the_functions_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows 4 and 6: bounded in time, no redirect followed, the answer not read unasked."""
    seen: dict[str, Any] = {}

    def send(_self: object, _request: requests.PreparedRequest, **arguments: Any) -> requests.Response:
        seen.update(arguments)
        raise requests.ReadTimeout

    monkeypatch.setattr(requests.Session, "send", send)
    with pytest.raises(BackendUnavailable, match="ReadTimeout"):
        submit()
    assert seen["timeout"] == (CONNECT_SECONDS, READ_SECONDS) == (2, 5)
    assert seen["allow_redirects"] is False
    assert seen["stream"] is True


def test_of_a_refusal_64_kib_are_read(http: responses.RequestsMock) -> None:
    """Row 6."""
    frame = '{"message": "x", "rest": ""}'
    fits = frame.replace('""', f'"{"y" * (MAX_ANSWER_BYTES - len(frame))}"')
    http.post(f"{URL}/api/images/generate", status=422, body=fits)
    with pytest.raises(BackendRejected) as refused:
        submit()
    assert refused.value.reason == "x"
    http.replace(responses.POST, f"{URL}/api/images/generate", status=422, body=fits + " ")
    with pytest.raises(BackendRejected) as refused:
        submit()
    assert refused.value.reason == "x"  # the blank after the end is all that was cut off
    http.replace(responses.POST, f"{URL}/api/images/generate", status=422, body=" " + fits)
    with pytest.raises(BackendRejected) as refused:
        submit()
    assert refused.value.reason is None


@pytest.mark.parametrize("location", ["http://[", "http://169.254.169.254/", "\udcff"])
def test_row_6_where_a_redirect_leads_is_not_even_parsed(location: str, http: responses.RequestsMock) -> None:
    http.post(f"{URL}/api/images/generate", status=307, headers={"Location": location})
    with pytest.raises(BackendUnavailable, match="answered 307"):
        submit()


def test_a_key_that_no_header_can_carry_is_a_reason_to_wait(http: responses.RequestsMock) -> None:
    http.assert_all_requests_are_fired = False
    http.post(f"{URL}/api/images/generate")
    with pytest.raises(BackendUnavailable):
        submit(key="two\r\nlines: x")


def test_what_still_waits_for_its_turn_when_nobody_waits_for_it_is_never_sent(
    http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that drips may hold all threads; a submit that is sent hours later would be one too many."""
    http.assert_all_requests_are_fired = False
    http.post(f"{URL}/api/images/generate")
    monkeypatch.setattr("sorami.backend.TOTAL_SECONDS", 0.05)
    held = threading.Event()
    with ThreadPoolExecutor(1) as talks:
        monkeypatch.setattr("sorami.backend._talks", lambda: talks)
        talks.submit(held.wait, 30)
        with pytest.raises(BackendUnavailable, match="TimeoutError"):
            submit()
        held.set()
    assert len(http.calls) == 0


def test_no_cookie_of_the_backend_is_kept(http: responses.RequestsMock) -> None:
    http.post(f"{URL}/api/images/generate", headers={"Set-Cookie": "worker=1; Path=/"})
    submit()
    submit()
    assert "Cookie" not in http.calls[1].request.headers


def test_the_surroundings_proxies_and_passwords_are_not_looked_at() -> None:
    assert session().trust_env is False
    assert session() is session()
