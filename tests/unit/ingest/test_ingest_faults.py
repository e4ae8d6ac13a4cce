"""What becomes of a copy when the backend, S3, DynamoDB or the job itself is not as it should be."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses
from botocore.exceptions import ClientError, EndpointConnectionError

from sorami.clients import client
from sorami.items import job_from_item
from sorami.jobs import BackendFile, S3Ref
from sorami.store import JobStore
from sorami.times import now
from sorami.tombstones import is_tombstone
from tests.support.backend_files import PICTURES, Complete, backend_image, deliver, keys_of, serve, url_of
from tests.support.stack import Stack
from tests.support.stream import record, sequence_number

WEBP = PICTURES["WEBP"]


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "redirect": ({"status": 302, "headers": {"Location": "http://169.254.169.254/"}}, "HTTP 302"),
    "gone": ({"status": 410}, "HTTP 410"),
    "html": ({"content_type": "text/html"}, "the content type is 'text/html'"),
    "another format": ({"body": PICTURES["PNG"], "content_type": "image/png"}, "the file is no WEBP"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_row_6_what_cannot_be_copied_keeps_its_url_says_why_and_is_not_tried_again(
    refusal: str, complete: Complete, stack: Stack, http: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, reason = REFUSALS[refusal]
    result = complete()
    served = serve(http, result.job.job_id, **answer)
    assert deliver(result.record) == []
    item = stack.item(result.job.job_id) or {}
    [left] = job_from_item(item).images
    assert left.location == result.job.images[0].location
    assert left.copy_error == reason
    assert "copies_pending" not in item
    assert keys_of(stack, result.job.job_id) == []
    assert '"CopiesFailed":[1.0]' in capsys.readouterr().out.replace(" ", "")
    assert deliver(result.record) == []
    assert served.call_count == 1


def test_row_17_a_reference_to_another_host_is_never_fetched(
    complete: Complete, store: JobStore, http: responses.RequestsMock
) -> None:
    """Whatever got it into the table, such as another BackendUrl then."""
    elsewhere = BackendFile(url="http://169.254.169.254/latest/meta-data/")
    result = complete(lambda job_id: [backend_image(job_id, location=elsewhere)])
    assert deliver(result.record) == []
    assert store.get(result.job.job_id).images[0].copy_error == "the URL is not on the backend's host"
    assert len(http.calls) == 0


@pytest.mark.parametrize(
    "answer",
    [{"status": 404}, {"status": 500}, {"body": requests.ReadTimeout()}, {"body": ConnectionResetError()}],
    ids=["404", "500", "timeout", "reset"],
)
def test_row_3_what_may_pass_is_delivered_again_and_the_reference_stays(
    answer: dict[str, Any], complete: Complete, stack: Stack, store: JobStore, http: responses.RequestsMock
) -> None:
    result = complete()
    before = stack.item(result.job.job_id)
    serve(http, result.job.job_id, **answer)
    assert deliver(result.record) == [sequence_number(result.record)]
    assert stack.item(result.job.job_id) == before
    serve(http, result.job.job_id)  # after the first answer is used up, this one is given
    assert deliver(result.record) == []
    assert isinstance(store.get(result.job.job_id).images[0].location, S3Ref)


def test_one_file_that_is_late_does_not_hold_up_the_others(
    complete: Complete, stack: Stack, store: JobStore, http: responses.RequestsMock
) -> None:
    result = complete(lambda job_id: [backend_image(job_id, number) for number in (1, 2, 3)])
    job_id = result.job.job_id
    before = stack.item(job_id)
    first = serve(http, job_id, 1)
    serve(http, job_id, 2, status=404)
    serve(http, job_id, 3, status=403)
    assert deliver(result.record) == [sequence_number(result.record)]
    between = stack.item(job_id) or {}
    assert between["copies_pending"] == {"N": "1"}
    kinds = [(type(one.location), one.copy_error) for one in store.get(job_id).images]
    assert kinds == [(S3Ref, None), (BackendFile, None), (BackendFile, "HTTP 403")]
    # That write is a record of its own, which the filter lets through as long as a copy is pending.
    calls = len(http.calls)
    assert deliver(record(between, before)) == []
    assert len(http.calls) == calls
    serve(http, job_id, 2)
    assert deliver(result.record) == []
    assert "copies_pending" not in (stack.item(job_id) or {})
    assert first.call_count == 1


def refused(**_: Any) -> Any:
    raise ClientError({"Error": {"Code": "SlowDown", "Message": "…"}}, "PutObject")


def unreachable(**_: Any) -> Any:
    raise EndpointConnectionError(endpoint_url="https://s3.example")


@pytest.mark.parametrize("fault", [refused, unreachable])
def test_s3_down_delivers_the_record_again_and_the_reference_stays(
    fault: Callable[..., Any],
    complete: Complete,
    stack: Stack,
    http: responses.RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = complete()
    before = stack.item(result.job.job_id)
    serve(http, result.job.job_id)
    with monkeypatch.context() as down:
        down.setattr(client("s3"), "put_object", fault)
        assert deliver(result.record) == [sequence_number(result.record)]
    assert stack.item(result.job.job_id) == before
    assert deliver(result.record) == []
    assert "copies_pending" not in (stack.item(result.job.job_id) or {})


@pytest.mark.parametrize("operation", ["get_item", "update_item"])
def test_row_19_dynamodb_down_delivers_the_record_again_and_the_copy_is_made_then(
    operation: str, complete: Complete, stack: Stack, http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = complete()
    serve(http, result.job.job_id)
    with monkeypatch.context() as down:
        down.setattr(client("dynamodb"), operation, unreachable)
        assert deliver(result.record) == [sequence_number(result.record)]
    assert deliver(result.record) == []
    assert "copies_pending" not in (stack.item(result.job.job_id) or {})


def test_a_job_that_was_deleted_before_is_passed_over(complete: Complete, stack: Stack, http: responses.RequestsMock) -> None:
    result = complete()
    assert JobStore(stack.dynamodb, stack.jobs_table).bury(result.job, now())
    assert deliver(result.record) == []
    assert len(http.calls) == 0
    assert is_tombstone(stack.item(result.job.job_id) or {})


def test_a_job_that_is_no_longer_completed_is_passed_over(complete: Complete, stack: Stack, http: responses.RequestsMock) -> None:
    result = complete()
    item = {**(stack.item(result.job.job_id) or {}), "status": {"S": "CANCELLED"}}
    stack.dynamodb.put_item(TableName=stack.jobs_table, Item=item)
    assert deliver(result.record) == []
    assert len(http.calls) == 0
    assert stack.item(result.job.job_id) == item


def change_meanwhile(stack: Stack, job_id: str, assignment: str, value: str) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """Serves the file, and changes the job at the same time."""

    def answer(_: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        stack.dynamodb.update_item(
            TableName=stack.jobs_table,
            Key={"job_id": {"S": job_id}},
            UpdateExpression=f"SET {assignment} = :value",
            ExpressionAttributeNames={"#status": "status"} if "#status" in assignment else {"#images": "images"},
            ExpressionAttributeValues={":value": {"S": value}},
        )
        return 200, {}, WEBP

    return answer


def test_a_job_that_stops_being_completed_meanwhile_stays_as_it_is(
    complete: Complete, stack: Stack, http: responses.RequestsMock
) -> None:
    result = complete()
    job_id = result.job.job_id
    http.add_callback("GET", url_of(job_id), change_meanwhile(stack, job_id, "#status", "CANCELLED"), content_type="image/webp")
    assert deliver(result.record) == []
    assert len(http.calls) == 1
    left = stack.item(job_id) or {}
    assert left["images"]["L"][0]["M"]["backend_url"] == {"S": url_of(job_id)}


def test_a_job_that_is_deleted_meanwhile_leaves_no_file_and_is_not_created_anew(
    complete: Complete, stack: Stack, http: responses.RequestsMock
) -> None:
    result = complete()

    def serve_and_delete(_: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        store = JobStore(stack.dynamodb, stack.jobs_table)
        assert store.bury(store.get(result.job.job_id), now())
        return 200, {}, WEBP

    http.add_callback("GET", url_of(result.job.job_id), serve_and_delete, content_type="image/webp")
    assert deliver(result.record) == []
    assert len(http.calls) == 1
    assert is_tombstone(stack.item(result.job.job_id) or {})
    assert keys_of(stack, result.job.job_id) == []


def test_a_reference_that_was_changed_meanwhile_stands(complete: Complete, stack: Stack, http: responses.RequestsMock) -> None:
    result = complete()
    change = change_meanwhile(stack, result.job.job_id, "#images[0].backend_url", url_of(result.job.job_id, 9))
    http.add_callback("GET", url_of(result.job.job_id), change, content_type="image/webp")
    assert deliver(result.record) == []
    changed = (stack.item(result.job.job_id) or {})["images"]["L"][0]["M"]
    assert changed["backend_url"] == {"S": url_of(result.job.job_id, 9)}
    assert "key" not in changed


def test_row_25_what_does_not_fit_into_the_functions_time_is_delivered_again(
    complete: Complete, http: responses.RequestsMock
) -> None:
    result = complete()
    serve(http, result.job.job_id)
    assert deliver(result.record, seconds=29) == [sequence_number(result.record)]
    assert len(http.calls) == 0


def test_row_18_a_poison_record_is_reported_alone_and_its_neighbours_are_copied(
    complete: Complete, store: JobStore, http: responses.RequestsMock
) -> None:
    poison = record(None, {"job_id": {"S": "x"}})
    del poison["dynamodb"]["Keys"]
    before, after = complete(), complete()
    for result in (before, after):
        serve(http, result.job.job_id)
    assert deliver(before.record, poison, after.record) == [sequence_number(poison)]
    assert all(isinstance(store.get(one.job.job_id).images[0].location, S3Ref) for one in (before, after))
