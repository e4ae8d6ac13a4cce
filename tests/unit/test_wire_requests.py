"""What browsers may send, through the same door as in a function: `events.parse_body` and `events.parse_query`."""

import json
from typing import Any

import pytest

from sorami.errors import InvalidRequest, PayloadTooLarge
from sorami.events import MAX_BODY_BYTES, parse_body, parse_query
from sorami.jobs import Order, State
from sorami.wire.requests import FeedQuery, GalleryQuery, GenerateRequest, MarkRequest
from tests.support.gateway import request

ROUTE = "POST /api/images/generate"


def read(body: Any) -> GenerateRequest:
    return parse_body(GenerateRequest, request(ROUTE, body=body), "en")


def faults(body: Any, locale: str = "en") -> dict[str, str]:
    """What is wrong with the body: JSON pointer → text."""
    with pytest.raises(InvalidRequest) as refused:
        parse_body(GenerateRequest, request(ROUTE, body=body), locale)
    return {fault.pointer: fault.detail for fault in refused.value.faults}


def test_defaults_are_filled_in() -> None:
    assert read({"prompt": "un chat"}).order() == Order(
        prompt="un chat",
        num_images=1,
        size="1024x1024",
        format="PNG",
        style="photorealistic",
        quality="standard",
        input_image_url=None,
    )


def test_every_field_is_taken() -> None:
    asked = {
        "prompt": "un chat",
        "input_image_url": "https://images.example.org/a.png",
        "num_images": 4,
        "size": "1792x1024",
        "format": "WEBP",
        "style": "3d-render",
        "quality": "ultra",
    }
    assert read(asked).model_dump() == asked


@pytest.mark.parametrize(("sent", "taken"), [(1, 1), (4, 4), ("2", 2), (" 3 ", 3), (2.0, 2)])
def test_numbers_come_as_numbers_or_as_the_form_sends_them(sent: Any, taken: int) -> None:
    assert read({"prompt": "a", "num_images": sent}).num_images == taken


@pytest.mark.parametrize(
    "sent",
    [
        0,
        5,
        -1,
        "0",
        "5",
        "-1",
        "x",
        "",
        " ",
        1.5,
        "1.5",
        "1.0",
        "+1",
        "0_1",
        "٢",
        True,
        False,
        None,
        [],
        {},
        "०x",
        10**30,
        "9" * 400,
    ],
)
def test_any_other_number_of_images_is_a_fault(sent: Any) -> None:
    assert list(faults({"prompt": "a", "num_images": sent})) == ["#/num_images"]


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("  un chat \n", "un chat"),
        ("a" * 4000, "a" * 4000),
        (" " * 9 + "é" * 4000 + " " * 9, "é" * 4000),
        ("🐱" * 4000, "🐱" * 4000),
        ("ligne\nligne\tcolonne", "ligne\nligne\tcolonne"),
        ("\u2003un chat\u00a0", "un chat"),
        ("un \ufffd chat", "un \ufffd chat"),
    ],
    ids=["trimmed", "4000", "4000 after trimming", "4000 emoji", "newline and tab", "wide spaces", "replacement"],
)
def test_a_prompt_is_trimmed_and_kept_exactly(sent: str, taken: str) -> None:
    assert read({"prompt": sent}).prompt == taken


@pytest.mark.parametrize("sent", ["", "   ", "\n\t", "a" * 4001, "🐱" * 4001, None, 5, True, ["a"], {"text": "a"}])
def test_a_prompt_of_another_length_or_kind_is_a_fault(sent: Any) -> None:
    assert list(faults({"prompt": sent})) == ["#/prompt"]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x08", "\x0b", "\x1b", "\x7f", "\x80", "\x9f", "\r"], ids=ascii)
def test_control_characters_are_a_fault(character: str) -> None:
    assert faults({"prompt": f"a{character}b"}) == {"#/prompt": "Control characters are not allowed, except newline and tab."}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", "1x1"),
        ("size", "1024X1024"),
        ("size", 1024),
        ("format", "GIF"),
        ("format", "png"),
        ("style", "cubist"),
        ("quality", ""),
        ("quality", None),
        ("input_image_url", "http://169.254.169.254/"),
        ("input_image_url", 5),
    ],
)
def test_a_value_outside_the_list_is_a_fault_of_its_field(field: str, value: Any) -> None:
    assert list(faults({"prompt": "a", field: value})) == [f"#/{field}"]


def test_the_possible_values_are_named() -> None:
    assert faults({"prompt": "a", "size": "1x1"}) == {"#/size": "Possible values: 512x512, 1024x1024, 1792x1024."}


def test_every_fault_is_named_at_once() -> None:
    named = faults(
        {"num_images": 9, "size": "1x1", "format": "GIF", "style": "x", "quality": "x", "input_image_url": "file:///x"}
    )
    assert list(named) == ["#/prompt", "#/input_image_url", "#/num_images", "#/size", "#/format", "#/style", "#/quality"]
    assert named["#/prompt"] == "This field is required."
    assert named["#/num_images"] == "The largest value is 4."


def test_faults_speak_the_users_language() -> None:
    assert faults({}, "fr") == {"#/prompt": "Champ obligatoire."}


@pytest.mark.parametrize("empty", ["", "   ", None])
def test_an_empty_input_image_is_none(empty: str | None) -> None:
    assert read({"prompt": "a", "input_image_url": empty}).input_image_url is None


def test_unknown_fields_are_ignored() -> None:
    assert read({"prompt": "a", "user_id": "someone-else", "job_id": "x"}).order() == read({"prompt": "a"}).order()


HOSTILE_BODIES = {
    "nothing": None,
    "empty": "",
    "words": "hello",
    "truncated": '{"prompt": "a"',
    "two documents": '{"prompt": "a"}{"prompt": "b"}',
    "array": "[]",
    "null": "null",
    "number": "5",
    "text": '"prompt"',
    "single quotes": "{'prompt': 'a'}",
    "deep array": "[" * 100_000,
    "deep object": '{"a":' * 30_000,
    "deep field": '{"prompt": "a", "x": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "lone surrogate escaped": r'{"prompt": "\ud800"}',
    "lone surrogate raw": '{"prompt": "\ud800"}',
    "NaN": '{"prompt": "a", "num_images": NaN}',
    "Infinity": '{"prompt": "a", "num_images": Infinity}',
    "1e400": '{"prompt": "a", "num_images": 1e400}',
    "huge integer": '{"prompt": "a", "num_images": ' + "9" * 10_000 + "}",
    "byte order mark and words": "\ufeffhello",
    "NUL": "\x00",
}


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_row_15_a_hostile_body_is_a_fault_and_never_an_exception(body: str | None) -> None:
    """Row 15."""
    assert faults(body)


def test_of_duplicate_keys_the_last_counts() -> None:
    """Row 15: accepted, and stored as read."""
    assert read('{"prompt": "a", "prompt": "b"}').prompt == "b"


def test_a_body_in_base64_is_read_and_one_that_is_not_base64_is_a_fault() -> None:
    event = {**request(ROUTE, body="eyJwcm9tcHQiOiAidW4gY2hhdCJ9"), "isBase64Encoded": True}
    assert parse_body(GenerateRequest, event, "en").prompt == "un chat"
    with pytest.raises(InvalidRequest):
        parse_body(GenerateRequest, {**event, "body": "é"}, "en")
    with pytest.raises(InvalidRequest):
        parse_body(GenerateRequest, {**event, "body": "/"}, "en")


def test_a_body_is_measured_in_bytes() -> None:
    def padded(size: int, letter: str = "a") -> str:
        frame = json.dumps({"prompt": "a", "padding": ""}, ensure_ascii=False)
        return frame.replace('""', f'"{letter * ((size - len(frame)) // len(letter.encode()))}"')

    assert read(padded(MAX_BODY_BYTES)).prompt == "a"
    with pytest.raises(PayloadTooLarge):
        read(padded(MAX_BODY_BYTES + 1))
    with pytest.raises(PayloadTooLarge):
        read(padded(MAX_BODY_BYTES + 8, "é"))


# Query strings and marks


def test_the_gallery_has_defaults() -> None:
    query = parse_query(GalleryQuery, request("GET /api/images/user"), "en")
    assert (query.limit, query.page, query.cursor, query.status) == (12, 1, None, State.COMPLETED)


@pytest.mark.parametrize("word", [*State, "ALL"])
def test_every_status_and_all_are_filters(word: str) -> None:
    assert parse_query(GalleryQuery, request("GET /api/images/user", query={"status": word}), "en").status == word


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ({"limit": "0"}, ["#/limit"]),
        ({"limit": "101"}, ["#/limit"]),
        ({"limit": "many"}, ["#/limit"]),
        ({"page": "0"}, ["#/page"]),
        ({"page": "-1"}, ["#/page"]),
        ({"status": "DONE"}, ["#/status"]),
        ({"cursor": "a" * 2049}, ["#/cursor"]),
        ({"limit": "x", "page": "y", "status": "z"}, ["#/limit", "#/page", "#/status"]),
    ],
)
def test_a_bad_query_is_named_by_its_parameters(query: dict[str, str], pointers: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_query(GalleryQuery, request("GET /api/images/user", query=query), "en")
    assert [fault.pointer for fault in refused.value.faults] == pointers


def test_the_possible_statuses_are_named_by_their_words() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_query(GalleryQuery, request("GET /api/images/user", query={"status": "DONE"}), "en")
    assert refused.value.faults[0].detail == (
        "Possible values: PENDING, INITIALIZING, GENERATING, SAVING, COMPLETED, FAILED, CANCELLED, ALL."
    )


@pytest.mark.parametrize(("limit", "taken"), [(None, 50), ("1", 1), ("100", 100)])
def test_the_feed_takes_up_to_a_hundred(limit: str | None, taken: int) -> None:
    event = request("GET /api/notifications", query={"limit": limit} if limit else None)
    assert parse_query(FeedQuery, event, "en").limit == taken


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["#/notificationId", "#/isRead"]),
        ({"notificationId": "", "isRead": True}, ["#/notificationId"]),
        ({"notificationId": 5, "isRead": "true"}, ["#/notificationId", "#/isRead"]),
        ({"notificationId": "a", "isRead": 1}, ["#/isRead"]),
        ({"notificationId": "a" * 513, "isRead": True}, ["#/notificationId"]),
    ],
)
def test_a_bad_mark_names_the_fields_as_the_frontend_writes_them(body: Any, pointers: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_body(MarkRequest, request("PUT /api/notifications", body=body), "en")
    assert [fault.pointer for fault in refused.value.faults] == pointers
