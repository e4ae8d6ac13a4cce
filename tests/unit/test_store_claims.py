"""Who has an open job in hand, and what may end it: writes that hold only for a job as it was seen."""

import pytest

from sorami.jobs import ErrorCode, Failed, Progressed, State
from sorami.store import JobStore
from tests.support.samples import completed, minutes, pending_job
from tests.support.stack import Stack

TIMED_OUT = Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True)


@pytest.fixture
def store(moto_stack: Stack) -> JobStore:
    return JobStore(moto_stack.dynamodb, moto_stack.jobs_table)


def test_row_26_our_own_end_gives_way_to_what_was_heard_since(store: JobStore) -> None:
    seen = store.create(pending_job()).job
    store.apply(seen.job_id, Progressed(state=State.GENERATING, progress=50, message="…"), minutes(1))
    outcome = store.apply(seen.job_id, TIMED_OUT, minutes(2), seen_version=seen.version)
    assert not outcome.applied
    assert store.apply(seen.job_id, TIMED_OUT, minutes(2), seen_version=outcome.job.version).applied


def test_row_26_our_own_end_gives_way_to_another_run_that_has_the_job_in_hand(store: JobStore) -> None:
    seen = store.create(pending_job()).job
    assert store.claim(seen, at=minutes(1), next_look=minutes(3))
    ours = store.get(seen.job_id)
    assert store.claim(ours, at=minutes(3), next_look=minutes(7))
    assert not store.apply(seen.job_id, TIMED_OUT, minutes(3), claimed_until=ours.due_at).applied
    assert store.apply(seen.job_id, TIMED_OUT, minutes(3), claimed_until=minutes(7)).applied


def test_a_claim_does_not_count_when_something_was_heard_since(store: JobStore) -> None:
    """Or it would bring back a waiting that is over."""
    job = store.create(pending_job()).job
    assert store.claim(job, at=minutes(1), next_look=minutes(3))
    seen = store.get(job.job_id)
    heard = store.apply(seen.job_id, Progressed(state=State.GENERATING, progress=50, message="…"), minutes(2)).job
    assert not store.claim(seen, at=minutes(3), next_look=minutes(7))
    assert store.get(seen.job_id) == heard
    assert (heard.looks, heard.watched_since) == (0, None)
    assert store.claim(heard, at=minutes(3), next_look=minutes(7))


def test_an_answer_of_the_backend_begins_the_waiting_anew(store: JobStore) -> None:
    job = store.create(pending_job()).job
    assert store.claim(job, at=minutes(1), next_look=minutes(3))
    claimed = store.get(job.job_id)
    assert (claimed.looks, claimed.watched_since) == (1, minutes(1))
    assert store.note_answer(claimed, at=minutes(1), next_look=minutes(2))
    noted = store.get(job.job_id)
    assert (noted.looks, noted.watched_since, noted.answered_at, noted.due_at) == (0, None, minutes(1), minutes(2))


def test_row_26_an_answer_counts_whoever_has_the_job_in_hand_by_now(store: JobStore) -> None:
    asked = store.create(pending_job()).job
    assert store.claim(asked, at=minutes(3), next_look=minutes(7))
    assert store.note_answer(asked, at=minutes(2), next_look=minutes(3))
    assert not store.apply(asked.job_id, TIMED_OUT, minutes(4), claimed_until=minutes(7)).applied
    assert store.get(asked.job_id).due_at == minutes(3)


def test_an_answer_that_something_has_overtaken_changes_nothing(store: JobStore) -> None:
    asked = store.create(pending_job()).job
    for event in (Progressed(state=State.GENERATING, progress=50, message="…"), completed(asked.job_id)):
        standing = store.apply(asked.job_id, event, minutes(2)).job
        assert not store.note_answer(asked, at=minutes(1), next_look=minutes(2))
        assert store.get(asked.job_id) == standing


def test_only_where_no_news_keep_a_job_open_a_claim_counts_despite_them(store: JobStore) -> None:
    seen = store.create(pending_job()).job
    store.apply(seen.job_id, Progressed(state=State.GENERATING, progress=50, message="…"), minutes(59))
    assert not store.claim(seen, at=minutes(60), next_look=minutes(61))
    assert store.claim(seen, at=minutes(60), next_look=minutes(61), despite_news=True)
    assert not store.claim(seen, at=minutes(60), next_look=minutes(61), despite_news=True)  # another has it in hand


def test_row_26_a_job_that_has_ended_meanwhile_cannot_be_claimed(store: JobStore) -> None:
    seen = store.create(pending_job()).job
    ended = store.apply(seen.job_id, completed(seen.job_id), minutes(1)).job
    assert not store.claim(seen, at=minutes(1), next_look=minutes(2))
    assert not store.put_off(seen, next_look=minutes(2))
    assert store.get(seen.job_id) == ended


def test_row_26_a_look_is_brought_forward_only_for_a_job_that_stands_as_it_was_read(store: JobStore) -> None:
    seen = store.create(pending_job()).job
    heard = store.apply(seen.job_id, Progressed(state=State.GENERATING, progress=50, message="…"), minutes(0.1)).job
    assert heard.due_at == seen.due_at
    assert not store.bring_forward(seen, next_look=minutes(0.2))
    assert store.bring_forward(heard, next_look=minutes(0.2))
    assert not store.bring_forward(heard, next_look=minutes(0.3))  # another has moved it since
    moved = store.get(seen.job_id)
    assert moved.due_at == minutes(0.2)
    ended = store.apply(seen.job_id, completed(seen.job_id), minutes(1)).job
    assert not store.bring_forward(moved, next_look=minutes(2))
    assert store.get(seen.job_id) == ended
