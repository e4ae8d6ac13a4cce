"""What a message of the queue of parked records holds, up to the largest record there can be."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from sorami.parking import MAX_MESSAGE_BYTES, ParkedRecord, RecordTooLarge, from_message, to_message
from tests.support.stack import Stack
from tests.support.stream import record
from tests.support.template import properties

ITEM_BYTES = 400 * 1024
"""DynamoDB's limit for an item; a stream record holds two."""


def parked(of: dict[str, Any], **changes: Any) -> ParkedRecord:
    plain: dict[str, Any] = {
        "record": of,
        "job_id": "job-1",
        "error_type": "KeyError",
        "error": "'user_id'",
        "request_id": "request-1",
        "parked_at": datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
    }
    return ParkedRecord(**{**plain, **changes})


def images(text: str) -> dict[str, Any]:
    return record({"job_id": {"S": "x"}, "prompt": {"S": text}}, {"job_id": {"S": "x"}, "prompt": {"S": text[::-1]}})


def noise(size: int, letters: str = "".join(map(chr, range(0x20, 0x7F)))) -> str:
    return "".join(random.Random(3).choices(letters, k=size))


@pytest.mark.parametrize(
    "text", ["un chat 🐱", 'quotes " and \\', "\x00\x1f\x7f", "lone \ud83d surrogate", "\ufffe\uffff", "&lt;<tag/>"]
)
def test_every_text_comes_back_and_only_ascii_goes_to_the_queue(text: str) -> None:
    one = parked(images(text))
    message = to_message(one)
    assert from_message(message) == one
    assert message.isascii()
    assert message.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        noise(ITEM_BYTES),
        "\x01" * ITEM_BYTES,
        "🐱" * (ITEM_BYTES // 4),
        noise(ITEM_BYTES // 3, "".join(map(chr, range(0x4E00, 0x9FA5)))),
    ],
    ids=["ASCII noise", "control characters", "emoji", "CJK noise"],
)
def test_row_18_two_images_of_the_largest_item_fit_a_message_whole(text: str) -> None:
    one = parked(images(text))
    message = to_message(one)
    assert len(message) <= MAX_MESSAGE_BYTES
    assert from_message(message) == one


def test_an_ordinary_record_can_be_read_on_the_queue_as_it_is() -> None:
    assert '"prompt": {"S": "chat"}' in to_message(parked(images("chat")))


def test_row_18_the_old_image_is_given_up_only_when_nothing_else_helps_and_the_message_says_so() -> None:
    one = parked(images(noise(600_000)))
    back = from_message(to_message(one))
    assert back.left_out == ("OldImage",)
    assert back.record["dynamodb"]["NewImage"] == one.record["dynamodb"]["NewImage"]
    assert "OldImage" not in back.record["dynamodb"]
    assert "OldImage" in one.record["dynamodb"]


def test_a_record_beyond_every_limit_is_refused_not_cut() -> None:
    with pytest.raises(RecordTooLarge):
        to_message(parked(images(noise(3_000_000))))


def test_the_text_of_an_error_is_bounded() -> None:
    assert len(from_message(to_message(parked(images("x"), error="e" * 5_000))).error) == 1_000


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", '{"record": 1}'])
def test_what_is_no_parked_record_is_told_apart(body: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_message(body)


def test_the_queue_takes_the_longest_message(stack: Stack) -> None:
    assert properties("ParkedRecords")["MaximumMessageSize"] == MAX_MESSAGE_BYTES
    stack.sqs.send_message(QueueUrl=stack.parked_queue_url, MessageBody="x" * MAX_MESSAGE_BYTES)
