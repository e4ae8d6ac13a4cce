"""From the stream's record to the file in the bucket and the one write that says so."""

from collections.abc import Callable
from typing import Any

import pytest
import responses

from ingest.app import copying
from notify.telling import Telling
from sorami.clients import client
from sorami.feed import Feed
from sorami.jobs import Job, S3Ref
from sorami.store import JobStore
from tests.support.backend_files import PICTURES, Complete, backend_image, deliver, keys_of, serve, stored_file
from tests.support.samples import BUCKET, image
from tests.support.stack import Stack
from tests.support.stream import record, sequence_number

WEBP = PICTURES["WEBP"]


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


def test_row_26_a_run_that_knew_less_does_not_say_that_a_copy_is_pending(
    complete: Complete, stack: Stack, read_stale: Callable[[Job], None], http: responses.RequestsMock
) -> None:
    """The faster run has the first file; the slower one found only the second, and took the first for missing."""
    result = complete(lambda job_id: [backend_image(job_id, 1), backend_image(job_id, 2)])
    job_id = result.job.job_id
    serve(http, job_id, 1)
    serve(http, job_id, 1, status=503)
    serve(http, job_id, 2, status=503)
    serve(http, job_id, 2)
    deliver(result.record)
    assert (stack.item(job_id) or {})["copies_pending"] == {"N": "1"}
    read_stale(result.job)
    deliver(result.record)
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


class Unheard:
    """A topic on which nothing may be published."""

    def publish(self, **message: Any) -> None:
        raise AssertionError(message)


def test_a_copy_is_no_news_to_the_owner(complete: Complete, stack: Stack, http: responses.RequestsMock) -> None:
    result = complete()
    before = stack.item(result.job.job_id)
    serve(http, result.job.job_id)
    deliver(result.record)
    feed = Feed(stack.dynamodb, stack.notifications_table)
    copied = record(stack.item(result.job.job_id), before)
    Telling(feed=feed, topic=Unheard(), locale="fr").tell(copied["dynamodb"])
    assert feed.page(result.job.user_id, limit=10).notifications == ()
