"""`make check-backend` finds nothing at the example backend, and each fault that is planted in it, and only that."""

from collections.abc import Collection

import pytest

from ops.contract import answers, files, reports
from ops.contract.evidence import Manner
from ops.contract.findings import Finding, Verdict
from ops.contract.playing import Patience, Play
from ops.contract.stand_in import stand_in
from ops.contract.verdict import judge
from tests.support.broken_backends import KEY, PLANTED, SECRET, served

PATIENCE = Patience(job=60, retry=3, quiet=0.3)
ALL_EARS = Patience(job=60, retry=3, quiet=3)  # for what shows only by what comes, or does not come, after an outcome
SHORT = Patience(job=4, retry=1, quiet=0.3)  # for what is waited for in vain
PLAIN = (Manner.TAKES,)

type Row = tuple[str, Collection[Manner], set[str]]
WRONG: list[Row] = [
    ("a job_id of its own", PLAIN, {reports.JOB_ID, reports.SHAPE}),  # `data` has the other one
    ("works each time it is asked", PLAIN, {reports.ONCE, reports.ORDER}),
    ("no secret and no signature", PLAIN, {reports.SECRET}),
    ("wrong secret", PLAIN, {reports.SECRET, reports.SIGNATURE}),
    ("signed with another key", PLAIN, {reports.SIGNATURE}),
    ("progress falls", PLAIN, {reports.ORDER}),
    ("reports shuffled", PLAIN, {reports.ORDER}),
    ("gives up on 503", (Manner.UNAVAILABLE,), {reports.RETRIES_503}),
    ("gives up on a broken connection", (Manner.DROPS,), {reports.RETRIES_DROPPED}),
    ("repeats what is final", (Manner.REFUSES, Manner.FORGETS), {reports.FINAL}),
    ("ignores uploads", PLAIN, {files.UPLOADS}),
    ("another header on the upload", PLAIN, {files.UPLOADS, reports.SHAPE}),
    ("another authorization on the upload", PLAIN, {files.UPLOADS, reports.SHAPE}),
    ("no status route", PLAIN, {answers.STATUS}),
    ("knows every job", PLAIN, {answers.UNKNOWN}),
    ("result of another job", PLAIN, {answers.RESULT}),
    ("unknown status word", PLAIN, {answers.STATUS}),
    ("wrong size", PLAIN, {files.TRUTH}),
    ("wrong dimensions", PLAIN, {files.TRUTH}),
    ("a format nobody knows", PLAIN, {reports.SHAPE, answers.RESULT}),
    ("a file of another job", PLAIN, {reports.SHAPE, answers.RESULT}),
    ("asks for no key", PLAIN, {answers.KEY}),
    ("takes nonsense", PLAIN, {answers.BAD_INPUT}),
]
HINTS: list[Row] = [
    ("signature alone", PLAIN, {reports.SECRET}),
    ("status in small letters", PLAIN, {answers.STATUS}),
    ("one image whatever is asked", PLAIN, {files.COUNT}),
    ("deaf to cancellations", (Manner.CANCELS,), {reports.CANCELLED}),
]


def verdicts(
    patch: pytest.MonkeyPatch, fault: str | None, manners: Collection[Manner] = tuple(Manner), patience: Patience | None = None
) -> list[Finding]:
    patience = patience or (PATIENCE if manners == PLAIN else ALL_EARS)
    with served(patch, PLANTED[fault] if fault else None) as url, stand_in() as listening:
        return judge(Play(url, KEY, SECRET, "un chat astronaute", patience, listening).run(manners))


def points(found: list[Finding], verdict: Verdict) -> set[str]:
    return {finding.point for finding in found if finding.verdict is verdict}


def test_the_example_backend_is_right_in_every_point(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts(monkeypatch, None, patience=Patience(job=60, retry=60, quiet=0.3))
    assert [finding for finding in found if finding.verdict is not Verdict.RIGHT] == []
    assert len(found) == 19


@pytest.mark.parametrize(("fault", "manners", "wrong"), WRONG)
def test_a_planted_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, fault: str, manners: Collection[Manner], wrong: set[str]
) -> None:
    found = verdicts(monkeypatch, fault, manners)
    assert points(found, Verdict.WRONG) == wrong
    assert all(finding.advice for finding in found if finding.verdict is Verdict.WRONG)


def test_a_backend_that_never_reports_is_found_when_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts(monkeypatch, "never reports", PLAIN, SHORT)
    assert points(found, Verdict.WRONG) == {reports.SHAPE}


def test_an_answer_that_the_service_cannot_take_over_is_wrong_in_places_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for fault, place in (("result of another job", "job_id"), ("a format nobody knows", "#/data/images/0/format")):
        with monkeypatch.context() as patch:
            [result] = [finding for finding in verdicts(patch, fault, PLAIN) if finding.point == answers.RESULT]
        assert place in result.seen


def test_a_report_that_is_no_json_is_said_to_be_that_and_is_blamed_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts(monkeypatch, "reports compressed", PLAIN, SHORT)
    assert points(found, Verdict.WRONG) == {reports.SHAPE, reports.SIGNATURE}
    [shape] = [finding for finding in found if finding.point == reports.SHAPE]
    assert "content-encoding: gzip" in shape.seen
    assert "compressed" in shape.advice


def test_an_answer_that_comes_late_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sorami.backend.READ_SECONDS", 0.3)
    monkeypatch.setattr("examples.backend.faults.Faults.answer_late", lambda _self, pause: pause(0.8))
    assert answers.ACCEPTS in points(verdicts(monkeypatch, None, PLAIN), Verdict.WRONG)


@pytest.mark.parametrize(("fault", "manners", "hints"), HINTS)
def test_what_the_service_can_live_with_is_a_hint_and_no_fault(
    monkeypatch: pytest.MonkeyPatch, fault: str, manners: Collection[Manner], hints: set[str]
) -> None:
    found = verdicts(monkeypatch, fault, manners)
    assert (points(found, Verdict.WRONG), points(found, Verdict.HINT)) == (set(), hints)


def test_at_least_eight_faults_are_planted_and_each_is_tried() -> None:
    tried = {fault for fault, _, _ in [*WRONG, *HINTS]} | {"never reports", "reports compressed"}
    assert tried == set(PLANTED)
    assert len(WRONG) >= 8
