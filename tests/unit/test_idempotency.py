import uuid

import pytest

from sorami.errors import InvalidIdempotencyKey
from sorami.idempotency import MAX_REFUSALS, checked_key, job_ids
from sorami.jobs import is_job_id


@pytest.mark.parametrize("key", ["a", "~" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!,;=+/"])
def test_visible_ascii_is_a_key(key: str) -> None:
    assert checked_key(key) == key


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a" * 256, "a\n", "\t", "\x7f", "१"])
def test_anything_else_is_none(key: str) -> None:
    with pytest.raises(InvalidIdempotencyKey):
        checked_key(key)


def test_without_the_header_there_is_no_key() -> None:
    assert checked_key(None) is None


def test_the_ids_of_a_key_are_always_the_same_and_are_ids() -> None:
    first = list(job_ids("user_1", "key"))
    assert first == list(job_ids("user_1", "key"))
    assert len(set(first)) == MAX_REFUSALS
    assert all(is_job_id(job_id) for job_id in first)
    assert {(uuid.UUID(job_id).version, uuid.UUID(job_id).variant) for job_id in first} == {(8, uuid.RFC_4122)}


@pytest.mark.parametrize("other", [("user_2", "key"), ("user_1", "kez"), ("user_1k", "ey"), ("user_", "1key")])
def test_other_users_and_other_keys_have_other_ids(other: tuple[str, str]) -> None:
    assert set(job_ids("user_1", "key")) & set(job_ids(*other)) == set()
