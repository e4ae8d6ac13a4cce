"""From the stream's record to the file in the bucket and the one write that says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import responses
from botocore.exceptions import ClientError, EndpointConnectionError

import notify.app
from ingest.app import copying, handler
from sorami.clients import client
from sorami.items import job_from_item
from sorami.jobs import BackendFile, Image, Job, S3Ref
from sorami.store import JobStore
from tests.support.backend_files import PICTURES, backend_image, completed_on_backend, url_of
from tests.support.gateway import FakeContext
from tests.support.samples import BUCKET, image, minutes, pending_job
from tests.support.stack import Stack
from tests.support.stream import record, sequence_number

WEBP = PICTURES["WEBP"]


@dataclass(frozen=True, slots=True)
class PatientContext(FakeContext):
    seconds: int = 120

    def get_remaining_time_in_millis(self) -> int:
        return self.seconds * 1000


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[..., None]) -> Any:
    copying.cache_clear()
    deploy("IngestFunction")
    yield
    copying.cache_clear()


@pytest.fixture
def store(stack: Stack) -> JobStore:
    return JobStore(stack.dynamodb, stack.jobs_table)


@dataclass(frozen=True)
class Result:
    """A job that has just been completed, and the stream's record of it."""

    job: Job
    record: dict[str, Any]


@pytest.fixture
def complete(store: JobStore, stack: Stack) -> Callable[..., Result]:
    """`complete(lambda job_id: [image, …])`: without an argument one image on the backend's host."""

    def make(images: Callable[[str], list[Image]] = lambda job_id: [backend_image(job_id)]) -> Result:
        job = store.create(pending_job())
        old = stack.item(job.job_id)
        outcome = store.apply(job.job_id, completed_on_backend(job, *images(job.job_id)), minutes(5))
        assert outcome.applied
        return Result(job=outcome.job, record=record(stack.item(job.job_id), old))

    return make


type Complete = Callable[..., Result]


def deliver(*records: dict[str, Any], seconds: int = 120) -> list[str]:
    """Delivers one batch; returns the sequence numbers that are to be delivered again."""
    answer = handler({"Records": list(records)}, PatientContext(seconds=seconds))
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def serve(http: responses.RequestsMock, job_id: str, number: int = 1, **answer: Any) -> responses.BaseResponse:
    said = {"body": WEBP, "content_type": "image/webp", **answer}
    return http.add(responses.Response("GET", url_of(job_id, number), **said))


def stored_file(stack: Stack, place: S3Ref | BackendFile) -> tuple[bytes, str]:
    assert isinstance(place, S3Ref)
    found = stack.s3.get_object(Bucket=place.bucket, Key=place.key)
    return found["Body"].read(), found["ContentType"]


def keys_of(stack: Stack, job_id: str) -> list[str]:
    return [entry["Key"] for entry in stack.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"images/{job_id}/").get("Contents", [])]


def test_a_file_on_the_backends_host_ends_in_the_bucket(
    complete: Complete, store: JobStore, stack: Stack, http: responses.RequestsMock
) -> None:
    result = complete()
    job_id = result.job.job_id
    assert (stack.item(job_id) or {})["copies_pending"] == {"N": "1"}
    serve(http, job_id)
    assert deliver(result.record) == []
    job = store.get(job_id)
    [copied] = job.images
    assert copied.location == S3Ref(bucket=BUCKET, key=f"images/{job_id}/image_1.webp")
    assert stored_file(stack, copied.location) == (WEBP, "image/webp")
    assert copied.size_bytes == len(WEBP)
    assert (copied.file_path, copied.description) == ("./generated_images/image_1.webp", "Un chat 🐱")
    assert job.updated_at == result.job.updated_at
    item = stack.item(job_id) or {}
    assert "copies_pending" not in item
    assert "backend_url" not in item["images"]["L"][0]["M"]


def test_a_size_that_the_backend_gave_stays(complete: Complete, store: JobStore, http: responses.RequestsMock) -> None:
    result = complete(lambda job_id: [backend_image(job_id, size_bytes=4711)])
    serve(http, result.job.job_id)
    deliver(result.record)
    assert store.get(result.job.job_id).images[0].size_bytes == 4711


def test_a_result_without_such_files_is_no_work(complete: Complete, stack: Stack, http: responses.RequestsMock) -> None:
    result = complete(lambda job_id: [image(job_id)])
    item = stack.item(result.job.job_id)
    assert "copies_pending" not in (item or {})
    assert deliver(result.record) == []
    assert stack.item(result.job.job_id) == item


def test_a_redelivery_fetches_nothing_and_changes_nothing(complete: Complete, stack: Stack, http: responses.RequestsMock) -> None:
    result = complete()
    served = serve(http, result.job.job_id)
    deliver(result.record)
    after = stack.item(result.job.job_id)
    assert deliver(result.record, result.record) == []
    assert stack.item(result.job.job_id) == after
    assert served.call_count == 1


class StaleStore(JobStore):
    """Reads the job as it stood before another run wrote."""

    stale: Job

    def get(self, job_id: str) -> Job:
        return self.stale


@pytest.fixture
def read_stale(stack: Stack) -> Callable[[Job], None]:
    def use(job: Job) -> None:
        store = StaleStore(stack.dynamodb, stack.jobs_table)
        store.stale = job
        object.__setattr__(copying(), "jobs", store)

    return use


def test_row_26_of_two_runs_at_once_one_records_the_copy(
    complete: Complete, stack: Stack, read_stale: Callable[[Job], None], http: responses.RequestsMock
) -> None:
    result = complete()
    served = serve(http, result.job.job_id)
    read_stale(result.job)
    assert deliver(result.record) == []
    after = stack.item(result.job.job_id)
    assert deliver(result.record) == []
    assert served.call_count == 2
    assert stack.item(result.job.job_id) == after
    assert keys_of(stack, result.job.job_id) == [f"images/{result.job.job_id}/image_1.webp"]


def test_row_26_a_run_records_what_the_faster_one_could_not(
    complete: Complete, stack: Stack, store: JobStore, read_stale: Callable[[Job], None], http: responses.RequestsMock
) -> None:
    result = complete(lambda job_id: [backend_image(job_id, 1), backend_image(job_id, 2)])
    job_id = result.job.job_id
    serve(http, job_id, 1)
    serve(http, job_id, 2, status=503)
    assert deliver(result.record) == [sequence_number(result.record)]
    serve(http, job_id, 2)  # from here on the backend has it
    read_stale(result.job)
    assert deliver(result.record) == []
    assert all(isinstance(one.location, S3Ref) for one in store.get(job_id).images)
    assert "copies_pending" not in (stack.item(job_id) or {})


def test_row_19_a_write_whose_answer_was_lost_is_success(
    complete: Complete, stack: Stack, http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK then tries again and meets its own write."""
    result = complete()
    serve(http, result.job.job_id)
    update = client("dynamodb").update_item

    def applied_but_tried_again(**arguments: Any) -> Any:
        update(**arguments)
        return update(**arguments)

    monkeypatch.setattr(client("dynamodb"), "update_item", applied_but_tried_again)
    assert deliver(result.record) == []
    item = stack.item(result.job.job_id) or {}
    assert item["version"] == {"N": str(result.job.version + 1)}
    assert "copies_pending" not in item


def test_four_images_are_one_write(complete: Complete, stack: Stack, store: JobStore, http: responses.RequestsMock) -> None:
    result = complete(lambda job_id: [backend_image(job_id, number) for number in (1, 2, 3, 4)])
    job_id = result.job.job_id
    for number in (1, 2, 3, 4):
        serve(http, job_id, number, body=WEBP + bytes([number]))
    assert deliver(result.record) == []
    job = store.get(job_id)
    for number, copied in enumerate(job.images, start=1):
        assert stored_file(stack, copied.location)[0] == WEBP + bytes([number])
    assert job.version == result.job.version + 1


def test_images_that_lie_in_a_bucket_stay_where_they_are(
    complete: Complete, store: JobStore, http: responses.RequestsMock
) -> None:
    result = complete(lambda job_id: [image(job_id, 1), backend_image(job_id, 2)])
    serve(http, result.job.job_id, 2)
    assert deliver(result.record) == []
    first, second = store.get(result.job.job_id).images
    assert first == result.job.images[0]
    assert second.location == S3Ref(bucket=BUCKET, key=f"images/{result.job.job_id}/image_2.webp")


def test_a_copy_never_overwrites_another_image_of_the_job(
    complete: Complete, store: JobStore, http: responses.RequestsMock
) -> None:
    """The backend stored its second image under the first one's key."""
    taken = "images/{}/image_1.webp"
    result = complete(lambda job_id: [backend_image(job_id, 1), image(job_id, 1)])
    serve(http, result.job.job_id)
    assert deliver(result.record) == []
    first, second = (one.location for one in store.get(result.job.job_id).images)
    assert second == S3Ref(bucket=BUCKET, key=taken.format(result.job.job_id))
    assert first == S3Ref(bucket=BUCKET, key=f"images/{result.job.job_id}/image_3.webp")


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
    stack.dynamodb.delete_item(TableName=stack.jobs_table, Key={"job_id": {"S": result.job.job_id}})
    assert deliver(result.record) == []
    assert len(http.calls) == 0
    assert stack.item(result.job.job_id) is None


def test_a_job_that_is_deleted_meanwhile_leaves_no_file_and_is_not_created_anew(
    complete: Complete, stack: Stack, http: responses.RequestsMock
) -> None:
    result = complete()

    def serve_and_delete(_: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        stack.dynamodb.delete_item(TableName=stack.jobs_table, Key={"job_id": {"S": result.job.job_id}})
        return 200, {}, WEBP

    http.add_callback("GET", url_of(result.job.job_id), serve_and_delete, content_type="image/webp")
    assert deliver(result.record) == []
    assert len(http.calls) == 1
    assert stack.item(result.job.job_id) is None
    assert keys_of(stack, result.job.job_id) == []


def test_a_reference_that_was_changed_meanwhile_stands(complete: Complete, stack: Stack, http: responses.RequestsMock) -> None:
    result = complete()

    def serve_and_change(_: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        stack.dynamodb.update_item(
            TableName=stack.jobs_table,
            Key={"job_id": {"S": result.job.job_id}},
            UpdateExpression="SET images[0].backend_url = :other",
            ExpressionAttributeValues={":other": {"S": url_of(result.job.job_id, 9)}},
        )
        return 200, {}, WEBP

    http.add_callback("GET", url_of(result.job.job_id), serve_and_change, content_type="image/webp")
    assert deliver(result.record) == []
    changed = (stack.item(result.job.job_id) or {})["images"]["L"][0]["M"]
    assert changed["backend_url"] == {"S": url_of(result.job.job_id, 9)}
    assert "key" not in changed


def test_a_copy_is_no_news_to_the_owner(
    complete: Complete, stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock
) -> None:
    result = complete()
    before = stack.item(result.job.job_id)
    serve(http, result.job.job_id)
    deliver(result.record)
    deploy("NotifyFunction")
    answer = notify.app.handler({"Records": [record(stack.item(result.job.job_id), before)]}, FakeContext())
    assert answer["batchItemFailures"] == []
    assert [row for row in stack.items(stack.notifications_table) if row["user_id"]["S"] == result.job.user_id] == []


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
