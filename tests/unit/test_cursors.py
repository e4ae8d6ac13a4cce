import base64
import string

import pytest

from sorami.cursors import Cursors
from sorami.errors import InvalidCursor

POSITION = {"page": 2, "start": {"gallery_user": "user_1", "completed_at": "2026-01-02T12:00:00.678Z", "job_id": "é"}}


@pytest.fixture
def cursors() -> Cursors:
    return Cursors(lambda: "the-key")


def made(cursors: Cursors, scope: str = "images:COMPLETED", user: str = "user_1") -> str:
    cursor = cursors.encode(scope, user, POSITION)
    assert cursor is not None
    return cursor


def test_a_cursor_leads_back_to_its_position(cursors: Cursors) -> None:
    assert cursors.decode("images:COMPLETED", "user_1", made(cursors)) == POSITION


def test_the_end_of_a_list_has_no_cursor(cursors: Cursors) -> None:
    assert cursors.encode("images:COMPLETED", "user_1", None) is None


def test_a_cursor_fits_into_a_url(cursors: Cursors) -> None:
    assert set(made(cursors)) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize(
    ("scope", "user"),
    [
        ("images:ALL", "user_1"),
        ("notifications", "user_1"),
        ("images:COMPLETED", "user_2"),
        ("images:COMPLETEDu", "ser_1"),
        ("images:COMPLETED", "user_1\x00"),
        ("", "images:COMPLETEDuser_1"),
    ],
)
def test_a_cursor_is_good_for_its_list_and_its_user_only(scope: str, user: str, cursors: Cursors) -> None:
    """Row 28."""
    with pytest.raises(InvalidCursor):
        cursors.decode(scope, user, made(cursors))


def test_a_cursor_of_another_key_is_refused(cursors: Cursors) -> None:
    with pytest.raises(InvalidCursor):
        Cursors(lambda: "another-key").decode("images:COMPLETED", "user_1", made(cursors))


def test_no_changed_byte_goes_unseen(cursors: Cursors) -> None:
    raw = bytearray(base64.urlsafe_b64decode(made(cursors) + "=="))
    for place in range(len(raw)):
        changed = raw.copy()
        changed[place] ^= 1
        cursor = base64.urlsafe_b64encode(changed).decode().rstrip("=")
        with pytest.raises(InvalidCursor):
            cursors.decode("images:COMPLETED", "user_1", cursor)


def test_no_shortened_or_lengthened_cursor_is_taken(cursors: Cursors) -> None:
    good = made(cursors)
    for cursor in (*(good[:length] for length in range(len(good))), good + "A", good + "AAAA", good[1:], "A" + good):
        with pytest.raises(InvalidCursor):
            cursors.decode("images:COMPLETED", "user_1", cursor)


GARBAGE = ["", "x", "####", "é", "\ud800", "\x00", "=", "==", "a b", "AA\nAA", "a" * 100_000]


@pytest.mark.parametrize("cursor", GARBAGE, ids=lambda one: ascii(one)[:20])
def test_garbage_is_refused(cursor: str, cursors: Cursors) -> None:
    with pytest.raises(InvalidCursor):
        cursors.decode("images:COMPLETED", "user_1", cursor)


def test_the_key_is_asked_for_only_when_there_is_a_cursor() -> None:
    def unavailable() -> str:
        raise AssertionError("nobody needs it")

    assert Cursors(unavailable).encode("images:COMPLETED", "user_1", None) is None
