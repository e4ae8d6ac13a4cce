from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError
from botocore.stub import ANY, Stubber

from sorami.errors import JobNotFound, StoreUnavailable
from sorami.items import job_to_item
from sorami.jobs import ErrorCode, Failed, Progressed, State, new_job_id
from sorami.store import JobStore, Outcome
from tests.support.samples import completed, failed, minutes, new_user, order, pending_job
from tests.support.stack import Stack

TIMED_OUT = Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True)


@pytest.fixture
def store(moto_stack: Stack) -> JobStore:
    return JobStore(moto_stack.dynamodb, moto_stack.jobs_table)


@pytest.fixture
def stubbed(moto_stack: Stack) -> Iterator[tuple[JobStore, Stubber]]:
    """A store whose DynamoDB answers what the test says."""
    with Stubber(moto_stack.dynamodb) as stubber:
        yield JobStore(moto_stack.dynamodb, moto_stack.jobs_table), stubber
        stubber.assert_no_pending_responses()


def test_create_returns_the_job_it_wrote(store: JobStore) -> None:
    job = pending_job()
    assert store.create(job) == Outcome(applied=True, job=job)
    assert store.get(job.job_id) == job


def test_create_never_overwrites_and_returns_what_stands(store: JobStore) -> None:
    """Row 10: a webhook that outran generate keeps its result."""
    job = store.create(pending_job()).job
    standing = store.apply(job.job_id, completed(job.job_id), minutes(1)).job
    assert store.create(replace(job, order=order(prompt="another"))) == Outcome(applied=False, job=standing)
    assert store.get(job.job_id) == standing


def test_an_unknown_job_is_not_found(store: JobStore) -> None:
    with pytest.raises(JobNotFound):
        store.get(new_job_id())


def test_an_open_job_is_in_the_open_index_only(store: JobStore, moto_stack: Stack) -> None:
    job = store.create(pending_job()).job
    item = moto_stack.item(job.job_id)
    assert item is not None
    assert item["open_user"] == {"S": job.user_id}
    assert item["due_at"] == {"S": "2026-01-02T12:01:00.678Z"}
    assert not {"gallery_user", "completed_at"} & set(item)


def test_a_progress_event_leaves_the_index_keys_alone(store: JobStore, moto_stack: Stack) -> None:
    job = store.create(pending_job()).job
    before = moto_stack.item(job.job_id) or {}
    store.apply(job.job_id, Progressed(state=State.GENERATING, progress=60, message="…"), minutes(1))
    after = moto_stack.item(job.job_id) or {}
    assert {name for name in after if after[name] != before.get(name)} == {
        *["status", "progress", "message", "updated_at", "version", "writer"]
    }


def test_completion_moves_the_job_from_the_open_to_the_finished_index(store: JobStore, moto_stack: Stack) -> None:
    job = store.create(pending_job()).job
    store.apply(job.job_id, completed(job.job_id), minutes(2))
    item = moto_stack.item(job.job_id) or {}
    assert not {"open_user", "due_at"} & set(item)
    assert item["gallery_user"] == {"S": job.user_id}
    assert item["completed_at"] == {"S": "2026-01-02T12:02:00.678Z"}


def test_failure_takes_the_job_out_of_the_open_index_and_into_no_gallery(store: JobStore, moto_stack: Stack) -> None:
    job = store.create(pending_job()).job
    store.apply(job.job_id, failed(), minutes(2))
    assert not {"open_user", "due_at", "gallery_user", "completed_at", "deadline_passed"} & set(moto_stack.item(job.job_id) or {})


def test_a_late_result_clears_every_trace_of_our_timeout(store: JobStore, moto_stack: Stack) -> None:
    """Row 26."""
    job = store.create(pending_job()).job
    store.apply(job.job_id, TIMED_OUT, minutes(1))
    late = store.apply(job.job_id, completed(job.job_id), minutes(2))
    assert late.applied
    assert (late.job.state, late.job.error, late.job.error_code, late.job.finished_at) == ("COMPLETED", None, None, minutes(2))
    assert not {"error", "error_code", "deadline_passed"} & set(moto_stack.item(job.job_id) or {})


def test_late_failure_never_undoes_a_result(store: JobStore) -> None:
    job = store.create(pending_job()).job
    result = store.apply(job.job_id, completed(job.job_id), minutes(1)).job
    for late in (failed(), TIMED_OUT):
        assert not store.apply(job.job_id, late, minutes(2)).applied
    assert store.get(job.job_id) == result


def test_a_result_without_metadata_is_a_result(store: JobStore) -> None:
    job = store.create(pending_job()).job
    assert store.apply(job.job_id, completed(job.job_id, metadata=None), minutes(1)).job.metadata is None


# Lists


def test_the_gallery_pages_newest_first_without_loss_or_repetition(store: JobStore) -> None:
    user = new_user()
    made = [store.create(pending_job(user_id=user)).job for _ in range(5)]
    for number, job in enumerate(made):
        store.apply(job.job_id, completed(job.job_id), minutes(number))
    store.create(pending_job(user_id=user))
    store.apply(store.create(pending_job(user_id=user)).job.job_id, failed(), minutes(9))

    seen: list[str] = []
    page = store.completed_by(user, limit=2)
    seen += [job.job_id for job in page.jobs]
    while page.next_key is not None:
        page = store.completed_by(user, limit=2, start=page.next_key)
        assert len(page.jobs) <= 2
        seen += [job.job_id for job in page.jobs]
    assert seen == [job.job_id for job in reversed(made)]


def test_a_gallery_card_shows_what_the_item_holds(store: JobStore) -> None:
    """The `finished` index projects only part of the item: enough for a card."""
    job = store.create(pending_job()).job
    full = store.apply(job.job_id, completed(job.job_id), minutes(1)).job
    [card] = store.completed_by(job.user_id, limit=10).jobs
    for name in ("job_id", "user_id", "state", "images", "metadata", "created_at", "finished_at", "progress"):
        assert getattr(card, name) == getattr(full, name), name
    assert (card.order.prompt, card.order.num_images) == (full.order.prompt, full.order.num_images)


def test_all_by_lists_every_state_newest_first(store: JobStore) -> None:
    user = new_user()
    made = [store.create(pending_job(user_id=user, created_at=minutes(number))).job for number in range(4)]
    store.apply(made[1].job_id, failed(), minutes(9))
    first = store.all_by(user, limit=3)
    assert first.next_key is not None
    second = store.all_by(user, limit=3, start=first.next_key)
    assert [job.job_id for job in (*first.jobs, *second.jobs)] == [job.job_id for job in reversed(made)]
    assert {job.state for job in (*first.jobs, *second.jobs)} == {State.PENDING, State.FAILED}


def test_lists_show_nothing_of_other_users(store: JobStore) -> None:
    job = store.create(pending_job()).job
    store.apply(job.job_id, completed(job.job_id), minutes(1))
    stranger = new_user()
    assert store.completed_by(stranger, limit=10).jobs == store.all_by(stranger, limit=10).jobs == ()


def keys_of(job_ids: list[str]) -> list[dict[str, Any]]:
    return [{"job_id": {"S": job_id}} for job_id in job_ids]


def index_row(job_id: str, user: str) -> dict[str, Any]:
    return {"job_id": {"S": job_id}, "user_id": {"S": user}, "created_at": {"S": "2026-01-02T12:00:00.678Z"}}


def test_keys_that_dynamodb_left_over_are_asked_for_again(stubbed: tuple[JobStore, Stubber], moto_stack: Stack) -> None:
    store, stubber = stubbed
    jobs = [pending_job(user_id="user_stub") for _ in range(3)]
    ids = [job.job_id for job in jobs]
    table = moto_stack.jobs_table
    stubber.add_response("query", {"Items": [index_row(job_id, "user_stub") for job_id in ids]})
    stubber.add_response(
        "batch_get_item",
        {"Responses": {table: [job_to_item(jobs[1])]}, "UnprocessedKeys": {table: {"Keys": keys_of([ids[0], ids[2]])}}},
        {"RequestItems": {table: {"Keys": keys_of(ids), "ConsistentRead": False}}},
    )
    stubber.add_response(
        "batch_get_item",
        {"Responses": {table: [job_to_item(jobs[2]), job_to_item(jobs[0])]}, "UnprocessedKeys": {}},
        {"RequestItems": {table: {"Keys": keys_of([ids[0], ids[2]]), "ConsistentRead": False}}},
    )
    assert [job.job_id for job in store.all_by("user_stub", limit=3).jobs] == ids


def test_a_batch_that_brings_nothing_is_a_throttled_table_and_is_not_asked_for_ever(
    store: JobStore, moto_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = store.create(pending_job()).job
    asked: list[dict[str, Any]] = []

    def throttled(RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  # boto3's word
        asked.append(RequestItems)
        assert len(asked) == 1
        return {"Responses": {}, "UnprocessedKeys": RequestItems}

    monkeypatch.setattr(moto_stack.dynamodb, "batch_get_item", throttled)
    with pytest.raises(StoreUnavailable):
        store.all_by(job.user_id, limit=3)


def test_a_job_deleted_between_query_and_batch_is_left_out(stubbed: tuple[JobStore, Stubber]) -> None:
    store, stubber = stubbed
    stubber.add_response("query", {"Items": [index_row(new_job_id(), "user_stub")]})
    stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": {}})
    assert store.all_by("user_stub", limit=3).jobs == ()


# DynamoDB's errors

CALLS = {
    "put_item": lambda store: store.create(pending_job()),
    "get_item": lambda store: store.get(new_job_id()),
    "update_item": lambda store: store.apply(new_job_id(), failed(), minutes(1)),
    "query": lambda store: store.completed_by("user_stub", limit=1),
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
        "TransactionConflictException",
    ],
)
def test_what_may_pass_is_store_unavailable(operation: str, code: str, stubbed: tuple[JobStore, Stubber]) -> None:
    """Row 19."""
    store, stubber = stubbed
    stubber.add_client_error(operation, code)
    with pytest.raises(StoreUnavailable):
        CALLS[operation](store)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"])
def test_what_no_retry_can_mend_escapes(operation: str, code: str, stubbed: tuple[JobStore, Stubber]) -> None:
    store, stubber = stubbed
    stubber.add_client_error(operation, code)
    with pytest.raises(ClientError) as raised:
        CALLS[operation](store)
    assert raised.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("error", [EndpointConnectionError, ConnectTimeoutError])
def test_no_connection_is_store_unavailable(
    operation: str, error: type[Exception], moto_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_arguments: Any) -> None:
        raise error(endpoint_url="https://dynamodb")  # type: ignore[call-arg]

    monkeypatch.setattr(moto_stack.dynamodb, operation, broken)
    with pytest.raises(StoreUnavailable):
        CALLS[operation](JobStore(moto_stack.dynamodb, moto_stack.jobs_table))


def test_row_19_a_write_that_meets_itself_is_success(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer was lost, and the SDK has sent it again: the same writer, and the condition fails."""
    monkeypatch.setattr("sorami.store._new_writer", lambda: "this very write")
    job = store.create(pending_job()).job
    first, again = (store.apply(job.job_id, completed(job.job_id), minutes(1)) for _ in range(2))
    assert first == again
    assert again.applied
    job = store.create(pending_job()).job
    assert [store.claim(job, at=minutes(1), next_look=minutes(2)) for _ in range(2)] == [True, True]


def test_a_job_is_read_as_it_stands_not_as_it_stood(stubbed: tuple[JobStore, Stubber], moto_stack: Stack) -> None:
    store, stubber = stubbed
    job = pending_job()
    asked = {"TableName": moto_stack.jobs_table, "Key": {"job_id": {"S": job.job_id}}, "ConsistentRead": True}
    stubber.add_response("get_item", {"Item": job_to_item(job)}, asked)
    assert store.get(job.job_id) == job


def test_due_jobs_are_listed_page_after_page(stubbed: tuple[JobStore, Stubber]) -> None:
    store, stubber = stubbed
    key = {"job_id": {"S": "job-1"}}
    stubber.add_response("scan", {"Items": [key], "LastEvaluatedKey": key})
    stubber.add_response("scan", {"Items": [], "LastEvaluatedKey": key})  # a filter may leave nothing of a page
    stubber.add_response("scan", {"Items": [{"job_id": {"S": "job-2"}}]})
    assert list(store.due_job_ids(minutes(1), segment=0, segments=1)) == ["job-1", "job-2"]


def test_an_event_is_one_conditional_write(stubbed: tuple[JobStore, Stubber], moto_stack: Stack) -> None:
    """One round trip: nothing is read before, and the old item comes with a failed condition (docs/reliability.md)."""
    store, stubber = stubbed
    job = pending_job()
    stubber.add_client_error(
        "update_item",
        "ConditionalCheckFailedException",
        modeled_fields={"Item": job_to_item(job)},
        expected_params={
            "TableName": moto_stack.jobs_table,
            "Key": {"job_id": {"S": job.job_id}},
            "UpdateExpression": ANY,
            "ConditionExpression": ANY,
            "ExpressionAttributeNames": ANY,
            "ExpressionAttributeValues": ANY,
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    )
    outcome = store.apply(job.job_id, failed(), minutes(1))
    assert not outcome.applied
    assert outcome.job == job
