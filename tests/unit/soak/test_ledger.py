"""The soak's verdict: each kind of damage must be seen."""

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from tests.soak.ledger import Telling, Verdict, judge, outcomes, tellings
from tests.support.stream import record


def item(job_id: str, status: str) -> dict[str, dict[str, str]]:
    return {"job_id": {"S": job_id}, "status": {"S": status}}


def row(job_id: str, kind: str, at: str = "2026-01-02T03:04:05.678Z") -> dict[str, dict[str, str]]:
    return {"user_id": {"S": "user_1"}, "sort": {"S": f"{at}#{job_id}#{kind}"}}


@dataclass(frozen=True)
class Books:
    """A run in which all went well, until a test damages it."""

    accepted: frozenset[str] = frozenset({"a", "b"})
    states: dict[str, str] = field(default_factory=lambda: {"a": "COMPLETED", "b": "FAILED"})
    reached: frozenset[Telling] = frozenset({("a", "IMAGE_COMPLETED"), ("b", "IMAGE_FAILED")})
    told: tuple[Telling, ...] = (("a", "IMAGE_COMPLETED"), ("b", "IMAGE_FAILED"))
    works: tuple[str, ...] = ("a", "b")

    def judge(self) -> Verdict:
        return judge(
            accepted=self.accepted,
            states=self.states,
            reached=self.reached,
            told=Counter(self.told),
            works=Counter(self.works),
        )


def test_a_run_in_which_all_went_well_is_good() -> None:
    assert Books().judge().is_good


@pytest.mark.parametrize(
    ("damaged", "seen"),
    [
        (Books(states={"a": "COMPLETED"}, reached=frozenset(), told=(("a", "IMAGE_COMPLETED"),)), "lost"),
        (Books(states={"a": "COMPLETED", "b": "SAVING"}), "lost"),
        (Books(told=(*Books().told, ("a", "IMAGE_COMPLETED"))), "doubled"),
        (Books(told=(("a", "IMAGE_COMPLETED"),)), "missing"),
        (Books(reached=frozenset(), told=(("a", "IMAGE_COMPLETED"),)), "missing"),
        (Books(told=(*Books().told, ("a", "IMAGE_FAILED"))), "stray"),
        (Books(works=("a", "a", "b")), "worked_twice"),
    ],
)
def test_damage_is_seen(damaged: Books, seen: str) -> None:
    verdict = damaged.judge()
    assert getattr(verdict, seen)
    assert not verdict.is_good


def test_a_job_whose_submit_was_never_answered_must_end_too() -> None:
    books = Books()
    assert replace(books, states={**books.states, "c": "PENDING"}).judge().lost == {"c"}


def test_a_result_after_our_timeout_is_a_second_outcome() -> None:
    stream = [
        record(item("a", "PENDING")),
        record(item("a", "FAILED"), item("a", "PENDING")),
        record(item("a", "COMPLETED"), item("a", "FAILED")),
        record(item("a", "COMPLETED"), item("a", "COMPLETED")),
        record(item("b", "CANCELLED"), item("b", "PENDING")),
        record(None, item("a", "COMPLETED")),
    ]
    assert outcomes(stream) == {("a", "IMAGE_FAILED"), ("a", "IMAGE_COMPLETED")}


def test_tellings_are_counted_by_outcome_and_other_rows_are_none() -> None:
    rows = [row("a", "IMAGE_COMPLETED"), row("a", "IMAGE_COMPLETED", "2027-01-01T00:00:00.000Z"), {"sort": {"S": "CONNECTION#1"}}]
    assert tellings(rows) == Counter({("a", "IMAGE_COMPLETED"): 2})
