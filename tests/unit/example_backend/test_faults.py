from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
import responses

from examples.backend.faults import Faults, Refused, Reports, Switches
from examples.backend.jobs import Job
from examples.backend.orders import read_order
from examples.backend.pool import Closing
from examples.backend.settings import BadConfiguration, Settings, read_settings
from examples.backend.story import Tools, run_job

from .conftest import WEBHOOK, Body, Served, events

STORY = ["initializing", "generating", "generating", "saving", "completed"]


@dataclass
class Heard:
    """What gets through."""

    said: list[str] = field(default_factory=list)

    def progress(self, status: str, progress: int, message: str) -> None:
        self.said.append(status)

    def completed(self, data: object) -> None:
        self.said.append("completed")

    def failed(self, code: str, message: str) -> None:
        self.said.append("failed")


def tell(reports: Reports) -> None:
    for status in STORY[:-1]:
        reports.progress(status, 50, "")
    reports.completed({})


def heard(switches: Switches, jobs: int = 1) -> list[list[str]]:
    faults, ears = Faults(switches), [Heard() for _ in range(jobs)]
    for ear in ears:
        tell(faults.disturb(ear))
    return [ear.said for ear in ears]


def fates(switches: Switches, submits: int = 200) -> list[bool]:
    faults = Faults(switches)

    def refused() -> bool:
        try:
            faults.refuse_some()
        except Refused:
            return True
        return False

    return [refused() for _ in range(submits)]


def test_nothing_goes_wrong_unless_asked_for() -> None:
    assert heard(Switches()) == [STORY]
    assert not any(fates(Switches()))
    Faults(Switches()).answer_late(lambda _seconds: pytest.fail("it waited"))


def test_the_share_of_refused_submits_is_the_asked_one() -> None:
    assert 0.2 < sum(fates(Switches(fail_rate=0.3, seed="1"), 1000)) / 1000 < 0.4
    assert all(fates(Switches(fail_rate=1)))


def test_duplicates_follow_one_another() -> None:
    assert heard(Switches(duplicate=3)) == [[status for status in STORY for _ in range(3)]]


def test_shuffled_reports_wait_for_the_end_and_are_all_sent() -> None:
    ear = Heard()
    reports = Faults(Switches(reorder=True, duplicate=2, seed="1")).disturb(ear)
    for status in STORY[:-1]:
        reports.progress(status, 50, "")
    assert ear.said == []
    reports.completed({})
    assert sorted(ear.said) == sorted(STORY * 2)
    assert ear.said != [status for status in STORY for _ in range(2)]


def test_a_failure_is_an_end_too() -> None:
    ear = Heard()
    reports = Faults(Switches(reorder=True)).disturb(ear)
    reports.progress("initializing", 10, "")
    reports.failed("internal", "")
    assert sorted(ear.said) == ["failed", "initializing"]


def test_a_dropped_report_loses_all_its_copies_and_outcomes_are_dropped_too() -> None:
    told = heard(Switches(drop_rate=0.4, duplicate=3, seed="1"), jobs=50)
    assert {said.count("completed") for said in told} == {0, 3}
    assert 0.4 < sum(map(len, told)) / (50 * len(STORY) * 3) < 0.8
    assert heard(Switches(drop_rate=1)) == [[]]


@pytest.mark.parametrize("order", ["one", "two"])
def test_a_seed_repeats_a_run(order: str) -> None:
    switches = Switches(fail_rate=0.3, duplicate=2, reorder=True, drop_rate=0.2, seed=order)
    assert fates(switches) == fates(switches)
    assert heard(switches, jobs=20) == heard(switches, jobs=20)


def test_another_seed_is_another_run_and_so_is_no_seed() -> None:
    switches = Switches(fail_rate=0.5, duplicate=2, reorder=True, drop_rate=0.2)
    for other in (replace(switches, seed="1"), switches):
        assert fates(switches) != fates(other)
        assert heard(switches, jobs=20) != heard(other, jobs=20)


def test_a_refused_submit_is_503_and_leaves_nothing_behind(serve: Callable[[Settings], Served], body: Body) -> None:
    served = serve(Settings(webhook_secret="s", faults=Switches(fail_rate=1)))
    answer = served.generate(body)
    assert (answer.status_code, answer.json and answer.json["code"]) == (503, "unavailable")
    assert served.pool.waiting == []
    assert served.client.get("/api/images/status/job-1").status_code == 404


def test_a_job_taken_after_refusals_is_work_once(serve: Callable[[Settings], Served], body: Body) -> None:
    served = serve(Settings(webhook_secret="s", faults=Switches(fail_rate=0.5, seed="1")))
    answers = [served.generate(body).status_code for _ in range(20)]
    assert set(answers) == {202, 503}
    assert served.pool.waiting == ["job-1"]


def test_row_4_a_late_answer_comes_after_the_job_was_taken(serve: Callable[[Settings], Served], body: Body) -> None:
    served = serve(Settings(webhook_secret="s", faults=Switches(answer_delay=7)))
    waited: list[tuple[float, list[str]]] = []
    served.pool.pause = lambda seconds: waited.append((seconds, list(served.pool.waiting)))  # type: ignore[method-assign]
    assert served.generate(body).status_code == 202
    assert waited == [(7, ["job-1"])]


@pytest.fixture
def disturbed(tools: Tools) -> Callable[[Switches, Body], Job]:
    def play(switches: Switches, body: Body) -> Job:
        order = read_order(body, None, "http://backend.test/")
        run_job(
            tools.book.add_once(order, "", lambda _job_id: None),
            replace(tools, disturb=Faults(switches).disturb),
        )
        return tools.book.find(order.job_id)

    return play


def test_status_and_result_stay_right_when_every_webhook_is_lost(
    wire: responses.RequestsMock, disturbed: Callable[[Switches, Body], Job], body: Body
) -> None:
    job = disturbed(Switches(drop_rate=1), body | {"uploads": []})
    assert events(wire) == []
    assert (job.status, job.progress) == ("COMPLETED", 100)
    assert job.result is not None


def test_a_cancellation_ends_the_stutter(
    wire: responses.RequestsMock, disturbed: Callable[[Switches, Body], Job], body: Body
) -> None:
    wire.post(WEBHOOK, json={"applied": False, "status": "CANCELLED"})
    job = disturbed(Switches(duplicate=3), body)
    assert len(events(wire)) == 1
    assert job.status == "CANCELLED"


def test_a_closing_process_interrupts_a_late_answer() -> None:
    def closing(_seconds: float) -> None:
        raise Closing

    with pytest.raises(Closing):
        Faults(Switches(answer_delay=1)).answer_late(closing)


def test_each_switch_is_read() -> None:
    environ = {
        "WEBHOOK_SECRET": "s",
        "FAIL_RATE": "0.3",
        "ANSWER_DELAY": "6",
        "DUPLICATE": "3",
        "REORDER": "on",
        "DROP_RATE": "0.1",
        "FAULT_SEED": "42",
    }
    assert read_settings(environ).faults == Switches(0.3, 6, 3, True, 0.1, "42")


def test_every_wrong_switch_is_named() -> None:
    wrong = {"FAIL_RATE": "1.1", "ANSWER_DELAY": "-1", "DUPLICATE": "0", "REORDER": "maybe", "DROP_RATE": "nan"}
    with pytest.raises(BadConfiguration) as caught:
        read_settings({"WEBHOOK_SECRET": "s", **wrong})
    assert all(name in str(caught.value) for name in wrong)
