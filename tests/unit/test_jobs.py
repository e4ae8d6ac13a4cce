import uuid
from collections.abc import Iterator
from itertools import count

import pytest

from sorami.jobs import (
    ONLY_AFTER_DEADLINE,
    PROGRESS_WHEN_UNSAID,
    TERMINAL_STATES,
    TRANSITIONS,
    State,
    is_job_id,
    new_job_id,
    states_before,
)

OPEN_IN_ORDER = [State.PENDING, State.INITIALIZING, State.GENERATING, State.SAVING]


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED])
def test_completed_and_cancelled_are_final(state: State) -> None:
    assert TRANSITIONS[state] == frozenset()


def test_a_failed_job_can_only_be_completed_and_only_after_our_own_deadline() -> None:
    assert TRANSITIONS[State.FAILED] == {State.COMPLETED}
    assert {(State.FAILED, State.COMPLETED)} == ONLY_AFTER_DEADLINE


@pytest.mark.parametrize(("place", "origin"), list(enumerate(OPEN_IN_ORDER)))
def test_an_open_job_moves_forward_or_ends(place: int, origin: State) -> None:
    assert TRANSITIONS[origin] == {*OPEN_IN_ORDER[place:], State.COMPLETED, State.FAILED, State.CANCELLED}


@pytest.mark.parametrize("state", State)
def test_states_before_is_the_table_read_backwards(state: State) -> None:
    assert set(states_before(state)) == {origin for origin, targets in TRANSITIONS.items() if state in targets}


def test_terminal_states_are_the_three_ends() -> None:
    assert {State.COMPLETED, State.FAILED, State.CANCELLED} == TERMINAL_STATES
    assert [state for state in State if not state.is_terminal] == OPEN_IN_ORDER


def test_progress_that_is_not_said_rises_with_the_states() -> None:
    assert [PROGRESS_WHEN_UNSAID[state] for state in OPEN_IN_ORDER] == [10, 25, 60, 90]


def test_a_new_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(new_job_id())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


def test_the_id_begins_with_the_time_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sorami.jobs.time.time_ns", lambda: 1_767_355_200_678_999_999)
    assert uuid.UUID(new_job_id()).int >> 80 == 1_767_355_200_678


def test_ids_sort_by_when_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Iterator[int] = count(1_767_355_200_000_000_000, 1_000_000)
    monkeypatch.setattr("sorami.jobs.time.time_ns", lambda: next(clock))
    made = [new_job_id() for _ in range(200)]
    assert made == sorted(made)


@pytest.mark.parametrize("random", [0, (1 << 80) - 1])
def test_version_and_variant_stand_whatever_the_random_bits(random: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sorami.jobs.secrets.randbits", lambda _bits: random)
    made = uuid.UUID(new_job_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ids_made_in_the_same_millisecond_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sorami.jobs.time.time_ns", lambda: 1_767_355_200_000_000_000)
    assert len({new_job_id() for _ in range(1000)}) == 1000


def test_a_made_id_has_the_form_of_an_id() -> None:
    assert is_job_id(new_job_id())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "user",
        "0199-",
        "019b7f5c-3aa6-7c3e-8f2b-0123456789a",
        "019b7f5c-3aa6-7c3e-8f2b-0123456789abc",
        "019B7F5C-3AA6-7C3E-8F2B-0123456789AB",
        "019b7f5c-3aa6-7c3e-8f2b-0123456789ab\n",
        " 019b7f5c-3aa6-7c3e-8f2b-0123456789ab",
        "019b7f5c3aa67c3e8f2b0123456789ab",
        "019b7f5c-3aa6-7c3e-8f2b-0123456789a१",
        "../019b7f5c-3aa6-7c3e-8f2b-0123456789ab",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_job_id(text)
