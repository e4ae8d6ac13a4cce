import math
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from sorami.items import from_item, job_from_item, job_from_values, job_to_item, to_attribute, to_item
from sorami.jobs import BackendFile, ErrorCode, Image, Job, Metadata, Progressed, S3Ref, State
from sorami.store import JobStore
from tests.support.samples import METADATA, NOON, completed, failed, image, minutes, order, pending_job
from tests.support.stack import Stack

FAILED_FOR_LATENESS: Job = pending_job(
    state=State.FAILED,
    due_at=None,
    progress=60,
    version=7,
    finished_at=minutes(15),
    generated_at=minutes(14),
    error="La génération a pris trop de temps.",
    error_code="timeout",
    deadline_passed=True,
)


@pytest.mark.parametrize(
    "job",
    [
        pending_job(),
        pending_job(org_id=None, order=order(input_image_url=None, num_images=4)),
        pending_job(order=order(prompt="ligne 1\nligne 2\t🐱‍🚀 \U0001f1eb\U0001f1f7 é e\u0301 \ufffd  ")),
        FAILED_FOR_LATENESS,
    ],
    ids=["pending", "bare", "prompt", "failed"],
)
def test_a_new_job_survives_the_round_trip(job: Job) -> None:
    assert job_from_item(job_to_item(job)) == job


def test_only_an_open_job_has_the_key_of_the_open_index() -> None:
    assert "open_user" in job_to_item(pending_job())
    assert "open_user" not in job_to_item(FAILED_FOR_LATENESS)


def test_what_is_none_is_not_stored() -> None:
    item = job_to_item(pending_job(org_id=None, order=order(input_image_url=None)))
    assert not {"org_id", "input_image_url", "error", "deadline_passed", "finished_at"} & set(item)


@pytest.mark.parametrize(
    "metadata",
    [
        METADATA,
        Metadata(),
        Metadata(generation_time_seconds=0.1 + 0.2),
        Metadata(generation_time_seconds=12.0),
        Metadata(generation_time_seconds=1e15, input_tokens=10**15, output_size_bytes=0),
        Metadata(generation_time_seconds=0.0),
        Metadata(version="1.0", model_name=""),
        Metadata(timestamp=datetime(1, 1, 1, tzinfo=UTC)),
    ],
    ids=repr,
)
def test_a_result_survives_the_table(metadata: Metadata, moto_stack: Stack) -> None:
    """Every field of a result as it was, whatever numbers and letters it has."""
    store = JobStore(moto_stack.dynamodb, moto_stack.jobs_table)
    job = store.create(pending_job()).job
    images = (
        image(job.job_id, 1),
        image(job.job_id, 2, size_bytes=None, description=None),
        image(job.job_id, 3, size_bytes=0, description="“Émoji” 🎨\u200d", location=S3Ref(bucket="elsewhere", key="a b/ç.png")),
        Image(location=BackendFile(url="http://backend:8000/x.png"), file_path="./x.png", format="PNG", width=1, height=65_535),
    )
    event = replace(completed(job.job_id), images=images, metadata=metadata)
    stored = store.apply(job.job_id, event, minutes(5)).job
    assert stored == store.get(job.job_id)
    assert (stored.images, stored.metadata, stored.generated_at, stored.finished_at) == (
        images,
        metadata,
        event.generated_at,
        minutes(5),
    )
    assert stored.order == job.order


@pytest.mark.parametrize("value", [1e-300, 5e-324, -1e-200, 0.0, -0.0])
def test_a_number_too_small_for_dynamodb_is_stored_as_nothing(value: float) -> None:
    """Row 15: it refuses them, and no backend's odd clock may cost a user the result."""
    assert Decimal(to_attribute(value)["N"]) == 0


_ITEMS = st.recursive(
    st.booleans()
    | st.text()
    | st.integers(min_value=-(10**37), max_value=10**37)
    | st.floats(min_value=-1e20, max_value=1e20).filter(lambda one: abs(one) >= 1e-99 or one == 0),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(_ITEMS)
@settings(max_examples=60, derandomize=True)
def test_values_are_written_as_boto3_reads_them_and_read_as_it_writes_them(value: Any) -> None:
    written = to_attribute(value)
    assert TypeDeserializer().deserialize(written) == _with_decimals(value)
    assert from_item({"value": TypeSerializer().serialize(_with_decimals(value))}) == {"value": value}


def _with_decimals(value: Any) -> Any:
    """boto3 takes no floats."""
    match value:
        case float():
            return Decimal(repr(value))
        case list():
            return [_with_decimals(inner) for inner in value]
        case dict():
            return {name: _with_decimals(inner) for name, inner in value.items()}
    return value


def test_what_has_no_place_in_an_item_is_refused() -> None:
    with pytest.raises(TypeError, match="set has no place in an item"):
        to_item({"names": {"a"}})


@pytest.mark.parametrize("value", [12.5, 0.1 + 0.2, 1e-6, 1e-99, math.pi, 1e15])
def test_a_float_comes_back_as_it_went(value: float) -> None:
    assert from_item({"value": to_attribute(value)}) == {"value": value}


@pytest.mark.parametrize(("stored", "kind"), [("12", int), ("12.50", float), ("0", int), ("-3", int), ("1E+2", int)])
def test_whole_numbers_are_read_as_int_others_as_float(stored: str, kind: type) -> None:
    value = from_item({"value": {"N": stored}})["value"]
    assert type(value) is kind
    assert value == float(stored)


def test_an_enum_is_stored_as_its_value_and_a_time_as_text() -> None:
    stored = to_item({"state": State.PENDING, "code": ErrorCode.TIMEOUT, "at": NOON, "nothing": None})
    assert stored == {"state": {"S": "PENDING"}, "code": {"S": "timeout"}, "at": {"S": "2026-01-02T12:00:00.678Z"}}


def test_none_within_a_map_is_left_out() -> None:
    assert to_attribute({"a": None, "b": [{"c": None, "d": 1}]}) == {"M": {"b": {"L": [{"M": {"d": {"N": "1"}}}]}}}


@pytest.mark.parametrize("value", [{"x": 1}, None, b"\x00", {"a"}, {1}, {b"\x00"}], ids=repr)
def test_attributes_nobody_knows_are_ignored(value: Any) -> None:
    """A later version may add attributes; today's code must still read its items."""
    job = pending_job()
    later: dict[str, Any] = {**job_to_item(job), "added_later": TypeSerializer().serialize(value)}
    assert job_from_item(later) == job


def test_bytes_are_read_as_they_come_from_the_table_and_from_its_stream() -> None:
    """There they are base64 text, which must make no record unreadable."""
    item = {"a": {"B": b"\x00"}, "b": {"B": "AA=="}, "c": {"BS": ["AA=="]}}
    assert from_item(item) == {"a": b"\x00", "b": "AA==", "c": {"AA=="}}


def test_values_and_items_give_the_same_job() -> None:
    item = job_to_item(FAILED_FOR_LATENESS)
    assert job_from_values(from_item(item)) == job_from_item(item)


def test_an_event_after_a_failure_text_with_everything_in_it_is_stored_exactly(moto_stack: Stack) -> None:
    store = JobStore(moto_stack.dynamodb, moto_stack.jobs_table)
    job = store.create(pending_job()).job
    words = "\x00\x1f“ \ufffd 🐱‍🚀 \u202e fin"
    store.apply(job.job_id, Progressed(state=State.SAVING, progress=90, message=words), minutes(1))
    assert store.get(job.job_id).message == words
    store.apply(job.job_id, failed(error=words), minutes(2))
    assert store.get(job.job_id).error == words


@pytest.mark.parametrize("number", [10**38, -(10**50), 1e126, -1e300, float("inf"), float("nan")])
def test_a_number_that_dynamodb_cannot_hold_is_no_attribute(number: float) -> None:
    with pytest.raises(ValueError, match="no such number"):
        to_attribute({"a": [number]})


@pytest.mark.parametrize("number", [10**38 - 1, 9.9e125, 1e-300])
def test_the_largest_and_the_smallest_numbers_are_held(number: float) -> None:
    assert from_item(to_item({"a": number})) == {"a": number if number > 1 else 0}
