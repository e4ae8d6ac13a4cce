import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sorami import errors, problems
from sorami.errors import Fault, ServiceError
from sorami.events import answer
from sorami.observability import logger
from sorami.problems import answers_problems, problem
from tests.support.errors import SECRET_WORDS, an
from tests.support.gateway import FakeContext, request


def subclasses_of(kind: type[ServiceError]) -> list[type[ServiceError]]:
    return [found for one in kind.__subclasses__() for found in (one, *subclasses_of(one))]


EXPECTED = {
    errors.InvalidRequest: 400,
    errors.InvalidCursor: 400,
    errors.InvalidIdempotencyKey: 400,
    errors.Unauthorized: 401,
    errors.NotFound: 404,
    errors.JobNotFound: 404,
    errors.NotificationNotFound: 404,
    errors.JobNotFinished: 409,
    errors.JobAlreadyFinished: 409,
    errors.JobStillOpen: 409,
    errors.ResultExpired: 410,
    errors.JobDeleted: 410,
    errors.PayloadTooLarge: 413,
    errors.IdempotencyKeyReused: 422,
    errors.TooManyOpenJobs: 429,
    errors.BackendRejected: 502,
    errors.BackendUnavailable: 503,
    errors.StoreUnavailable: 503,
    errors.FilesUnavailable: 503,
    errors.SecretUnavailable: 503,
    errors.ConfigurationError: 500,
}


def answered(error: Exception, locale: str = "fr") -> tuple[dict[str, Any], dict[str, Any]]:
    raw = problem(error, request("GET /x", user="user_1"), locale)
    return raw, json.loads(raw["body"])


def test_every_error_has_its_status() -> None:
    """A new kind of error belongs into the table, and into this one."""
    assert set(EXPECTED) == set(subclasses_of(ServiceError))
    assert {errors.ConfigurationError} == set(EXPECTED) - set(problems._STATUS)


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_problem_document_of_every_error(kind: type[ServiceError]) -> None:
    raw, content = answered(an(kind))
    assert raw["statusCode"] == EXPECTED[kind]
    assert raw["headers"]["content-type"] == "application/problem+json"
    assert content["code"] == ("internal" if kind is errors.ConfigurationError else kind.code)
    assert content["type"] == f"urn:sorami:problem:{content['code']}"
    assert content["error"] == content["title"]
    assert content["message"] == content["detail"]
    assert content["request_id"].startswith("request-")
    if EXPECTED[kind] != 409:  # there `status` is the job's, as frontends read it
        assert content["status"] == EXPECTED[kind]


@pytest.mark.parametrize("kind", [kind for kind in EXPECTED if kind is not errors.JobNotFinished])
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_no_exceptions_text_is_told(kind: type[ServiceError], locale: str) -> None:
    raw, _ = answered(an(kind), locale)
    for word in SECRET_WORDS.split():
        assert word not in raw["body"]


@pytest.mark.parametrize("kind", EXPECTED)
def test_429_and_503_and_no_others_say_when_to_come_back(kind: type[ServiceError]) -> None:
    raw, _ = answered(an(kind))
    assert ("retry-after" in raw["headers"]) is (EXPECTED[kind] in {429, 503})


def test_an_errors_own_headers_go_along() -> None:
    raw, _ = answered(errors.TooManyOpenJobs("x", {"ratelimit": '"open-jobs";r=0'}))
    assert raw["headers"]["ratelimit"] == '"open-jobs";r=0'


@pytest.mark.parametrize("error", [KeyError("JobsTable"), RuntimeError(SECRET_WORDS), ServiceError(SECRET_WORDS)])
def test_an_error_that_nobody_foresaw_is_a_bare_500(error: Exception) -> None:
    raw, content = answered(error)
    assert raw["statusCode"] == 500
    assert set(content) == {"type", "title", "status", "detail", "code", "request_id", "error", "message"}
    assert (content["code"], content["detail"]) == ("internal", "Erreur interne.")


def test_faults_stand_in_the_list_and_in_the_text() -> None:
    two = errors.InvalidRequest([Fault(pointer="#/a", detail="Un."), Fault(pointer="#", detail="Deux.")])
    _, content = answered(two)
    assert content["errors"] == [{"pointer": "#/a", "detail": "Un."}, {"pointer": "#", "detail": "Deux."}]
    assert content["detail"] == "La requête contient des erreurs : a : Un. JSON : Deux."
    assert answered(two, locale="en")[1]["detail"] == "The request has errors: a: Un. JSON: Deux."


def test_braces_in_a_fault_are_only_braces() -> None:
    _, content = answered(errors.InvalidRequest([Fault(pointer="#/{0.__class__}", detail="{x} {}")]))
    assert "{0.__class__} : {x} {}" in content["detail"]


@pytest.mark.parametrize(("is_over", "detail"), [(False, "The job has no result yet."), (True, "The job has no result.")])
def test_a_result_that_will_never_come_is_not_promised(is_over: bool, detail: str) -> None:
    _, content = answered(errors.JobNotFinished(job_id="x", state="FAILED", progress=60, is_over=is_over), "en")
    assert (content["detail"], content["job_id"], content["status"], content["progress"]) == (detail, "x", "FAILED", 60)


# The wrapper


def handled(raised: Exception, locale: Callable[[], str] = lambda: "en") -> dict[str, Any]:
    @answers_problems(locale)
    def handler(_event: Any, _context: Any) -> dict[str, Any]:
        raise raised

    return handler(request("GET /x"), FakeContext())


def test_the_wrapper_answers_what_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    assert handled(errors.JobNotFound("x"))["statusCode"] == 404
    assert [record.levelname for record in caplog.records] == ["INFO"]


@pytest.fixture
def logging_at() -> Iterator[Callable[[str], None]]:
    before = logger.log_level
    yield logger.setLevel
    logger.setLevel(before)


@pytest.mark.parametrize(("level", "lines"), [("DEBUG", ["answered"]), ("INFO", [])])
def test_what_went_well_is_a_line_where_all_is_logged(
    level: str, lines: list[str], caplog: pytest.LogCaptureFixture, logging_at: Callable[[str], None]
) -> None:
    logging_at(level)
    handler = answers_problems(lambda: "en")(lambda _event, _context: answer(200, {"message": SECRET_WORDS}))
    handler(request("GET /x", query={"cursor": SECRET_WORDS}), FakeContext())
    assert [record.getMessage() for record in caplog.records] == lines
    assert [(vars(record)["route"], vars(record)["status"]) for record in caplog.records] == [("GET /x", 200)] * len(lines)
    assert SECRET_WORDS not in str([vars(record) for record in caplog.records])


def test_the_unexpected_is_logged_with_its_trace_and_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    answer = handled(RuntimeError(SECRET_WORDS))
    assert answer["statusCode"] == 500
    assert "arn:" not in answer["body"]
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None


def test_a_function_without_settings_is_a_500_with_its_reason_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def no_locale() -> str:
        raise errors.ConfigurationError("these environment variables are not set: JOBS_TABLE")

    answer = handled(errors.ConfigurationError("these environment variables are not set: JOBS_TABLE"), no_locale)
    assert answer["statusCode"] == 500
    assert "JOBS_TABLE" not in answer["body"]
    assert "JOBS_TABLE" in caplog.text
