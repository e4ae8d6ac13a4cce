"""Random histories of a few jobs: the real stories of generate, webhook, reconcile and notify on a real engine's table.

Whatever happened, in the end every job ends, and its owner is told of each outcome once.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from generate.recording import Request
from ops import mending
from ops.exits import Refused
from sorami.errors import BackendRejected, JobAlreadyFinished, JobNotFound, JobStillOpen
from sorami.jobs import ErrorCode, Failed, Job, State
from sorami.lists import FINISHED, OPEN
from sorami.times import to_milliseconds
from sorami.wire.webhook import WebhookEvent
from tests.properties.listeners import Listeners
from tests.properties.model import IN_ORDER, WatchedStore
from tests.properties.moody_backend import CallerDied, Mood, MoodyBackend
from tests.properties.stories import PATIENCE, Files, discarding, reconciliation, recording, submission
from tests.support.engines import JOBS, Engine
from tests.support.samples import NOON, completed_body, failed_body, new_user, order, progress_body

SKEW_MINUTES = 5

_MEANWHILE = ("a result", "progress", "a cancellation", "its deletion")

_skews = st.sampled_from([0, 0, -SKEW_MINUTES, SKEW_MINUTES]).map(lambda minutes: timedelta(minutes=minutes))


class Histories(RuleBasedStateMachine):
    engine: ClassVar[Engine]
    listeners: ClassVar[Listeners]
    counted: ClassVar[Counter[str]] = Counter()
    histories: ClassVar[int] = 0
    steps: ClassVar[int] = 0
    jobs: Bundle[str] = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.user = new_user()
        self.sent: list[dict[str, Any]] = []
        self.made: dict[str, datetime] = {}
        self.heard: dict[str, datetime] = {}
        self.store = WatchedStore(self.engine.client, JOBS)
        self.backend = MoodyBackend(self.store.is_open)
        self.submission = submission(self.store, self.backend, lambda: self._clock() + self.skew)
        self.recording = recording(self.store, lambda: self._clock() + self.skew)
        self.files = Files()
        self.discarding = discarding(self.store, self.files, self._clock)
        self.reconciliation = reconciliation(self.store, self.backend, self._clock)
        self.skew = timedelta()
        self.left_open: set[str] = set()
        self.ended_by_hand = 0
        self.counted.clear()
        type(self).histories += 1
        type(self).steps -= 1  # the invariant below is also looked at before the first step

    # What users and backends do

    @initialize(target=jobs)
    def submit_the_first(self) -> str:
        return self._submit(Mood.WELL)

    @rule(target=jobs, mood=st.sampled_from(Mood), skew=_skews)
    def submit(self, mood: Mood, skew: timedelta) -> str:
        return self._submit(mood, skew)

    @rule(job_id=jobs, state=st.sampled_from(IN_ORDER), percent=st.integers(0, 100), skew=_skews)
    def report_progress(self, job_id: str, state: State, percent: int, skew: timedelta) -> None:
        self._report(progress_body(job_id, status=state.lower(), progress=percent, message=f"{state} {percent}"), skew)

    @rule(job_id=jobs, count=st.integers(1, 4), skew=_skews)
    def report_completed(self, job_id: str, count: int, skew: timedelta) -> None:
        self._report(completed_body(job_id, count=count), skew)

    @rule(job_id=jobs, code=st.sampled_from(ErrorCode), skew=_skews)
    def report_failed(self, job_id: str, code: ErrorCode, skew: timedelta) -> None:
        """A backend's own `timeout` too, which is an outcome like any other."""
        self._report(failed_body(job_id, error_code=code.value), skew)

    @rule(job_id=jobs, by_its_owner=st.sampled_from([True, True, False]))
    def cancel(self, job_id: str, by_its_owner: bool) -> None:
        with suppress(JobAlreadyFinished, JobNotFound):
            self.discarding.cancel_job(job_id, self.user if by_its_owner else "a stranger")

    @rule(job_id=jobs, meanwhile=st.sampled_from([None, None, "a result", "another tab"]))
    def delete(self, job_id: str, meanwhile: str | None) -> None:
        happenings = {"a result": self._backend_completes, "another tab": self._is_deleted}
        self.files.meanwhile = happenings[meanwhile] if meanwhile else None
        with suppress(JobStillOpen, JobNotFound):
            self.discarding.delete_job(job_id, self.user)
        self.files.meanwhile = None

    @rule(place=st.integers(0, 10_000), skew=_skews)
    def report_again(self, place: int, skew: timedelta) -> None:
        """Anything that was sent before, however long ago."""
        if self.sent:
            self._report(self.sent[place % len(self.sent)], skew)

    @rule(mood=st.sampled_from([mood for mood in Mood if mood is not Mood.KILLS_THE_CALLER]))
    def backend_mood(self, mood: Mood) -> None:
        self.backend.mood = mood

    @rule(
        job_id=jobs, status=st.sampled_from([*IN_ORDER, "COMPLETED", "FAILED"]), percent=st.integers(0, 100), tells=st.booleans()
    )
    def backend_works(self, job_id: str, status: str, percent: int, tells: bool) -> None:
        """With its report lost, unless it `tells`."""
        self.backend.goes_on(job_id, status, percent)
        if tells and job_id in self.backend.works:
            self._report(self.backend.report(job_id), timedelta())

    @rule(job_id=jobs)
    def backend_forgets(self, job_id: str) -> None:
        self.backend.works.pop(job_id, None)

    # What we do

    @rule(job_id=jobs)
    def our_own_deadline(self, job_id: str) -> None:
        """Another run, with other times, has given the job up."""
        with suppress(JobNotFound):
            failure = Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True)
            self.ended_by_hand += self.store.apply(job_id, failure, self._clock()).applied

    @rule(job_id=jobs)
    def two_runs_with_one_view(self, job_id: str) -> None:
        job = self.store.expected[job_id].job
        if job.due_at is not None:
            self.at = max(self.at, job.due_at)
            next_look = PATIENCE.next_look(job, self._clock())
            assert [self.store.claim(job, at=self._clock(), next_look=next_look) for _ in range(2)] == [True, False]

    @rule(job_id=jobs, deed=st.sampled_from(["retry", "expire"]), meanwhile=st.sampled_from([None, None, *_MEANWHILE]))
    def an_operator(self, job_id: str, deed: str, meanwhile: str | None) -> None:
        """`sorami retry` and `sorami expire`, with something else between the look and the write."""
        with suppress(Refused, JobNotFound):
            job, now = self.store.get(job_id), self._clock()
            if deed == "retry" and not mending.check_retry(job, PATIENCE, now):
                return
            if meanwhile:
                self._happens(meanwhile, job_id)
            if deed == "retry":
                mending.retry(self.store, job, self._clock())
            else:
                mending.expire(self.store, job, self._clock(), "fr")
                self.ended_by_hand += 1

    @rule(minutes=st.sampled_from([0.5, 1, 1, 2, 5, 20, 60]))
    def clock_jump(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)

    @rule(
        meanwhile=st.sampled_from([None, None, *_MEANWHILE, "another run", "a slow answer", "an earlier answer", "a crash"]),
        slips_in=st.sampled_from([None, None, None, *_MEANWHILE, "another claim", "a crash"]),
        looks=st.integers(1, 4),
        down=st.booleans(),
        is_late=st.sampled_from([False, False, False, True]),
    )
    def reconcile(self, meanwhile: str | None, slips_in: str | None, *, looks: int, down: bool, is_late: bool) -> None:
        """Some runs, each as soon as something is due, or, if late, when all that is open is over; in the first of them something
        else happens while it waits, or between its look at a job and its claim."""
        self.at += PATIENCE.longest * is_late
        self.backend.meanwhile = partial(self._happens, meanwhile) if meanwhile else None
        self.store.slips_in = partial(self._happens, slips_in) if slips_in else None
        before, self.backend.mood = self.backend.mood, Mood.DOWN if down else self.backend.mood
        for _ in range(looks):
            self.at = max(self.at, min(self._due_times(), default=self.at))
            self._tick()
        self.backend.meanwhile, self.backend.mood = None, before
        self.store.slips_in = None

    @invariant()
    def a_step_is_counted(self) -> None:
        type(self).steps += 1

    @invariant()
    def every_open_job_is_looked_at_when_it_is_over_at_the_latest(self) -> None:
        """Or a first look's time after a look that should have ended it."""
        for expected in self.store.expected.values():
            assert expected.is_open is (expected.job.due_at is not None)
            if expected.job.due_at:
                assert expected.job.due_at <= max(expected.job.created_at + PATIENCE.longest, self.at + PATIENCE.first_look)

    # What must hold

    def teardown(self) -> None:
        """Time passes, with the backend in the mood that it is in; then everything is looked at."""
        while due := self._due_times():
            self.at = max(self.at + PATIENCE.longest, min(due))
            now = self._clock()
            self._look_after(self.store.due(now), now)
        self._check_items()
        outcomes = {job_id: expected.outcomes for job_id, expected in self.store.expected.items()}
        self._check_counts(Counter(outcome for reached in outcomes.values() for outcome in reached))
        self.listeners.check(self.user, outcomes)

    def _check_counts(self, reached: Counter[str]) -> None:
        """Whoever brings an end about counts it once, but for those that were brought about by hand."""
        given_up = reached["timeout"] - self.ended_by_hand
        assert self.counted["JobsCompleted"] == reached["completed"]
        assert self.counted["JobsFailed"] == reached["failed"] + given_up
        assert self.counted["JobsGivenUp"] == given_up
        assert self.counted["JobsCancelled"] == reached["cancelled"]

    def _check_items(self) -> None:
        expected = self.store.expected
        jobs = self.store.get_many(list(expected))
        assert jobs == {job_id: known.job for job_id, known in expected.items() if not known.is_deleted}
        assert not any(known.is_open for known in expected.values())
        assert self._indexed(OPEN, "open_user") == set()
        completed = {job_id for job_id, known in expected.items() if known.outcomes[-1] == "completed" and not known.is_deleted}
        assert self._indexed(FINISHED, "gallery_user") == completed

    def _due_times(self) -> list[datetime]:
        return [expected.job.due_at for expected in self.store.expected.values() if expected.job.due_at]

    def _tick(self) -> None:
        """One run of reconcile: every job that is due is found, and looked after."""
        now = self._clock()
        found = set(self.store.due_job_ids(now, segment=0, segments=1)) & self.store.expected.keys()
        assert found == self.store.due(now)
        self._look_after(found, now)

    def _look_after(self, due: set[str], now: datetime) -> None:
        for job_id in sorted(due):
            before = self.store.expected[job_id].job
            self.store.lost_claims.clear()
            self.left_open.clear()
            asked = self.backend.asked
            try:
                self.reconciliation.reconcile_job(job_id)
            except CallerDied:
                continue
            if job_id in self.store.lost_claims:
                assert self.backend.asked == asked, "a job was looked after without a claim"
            if job_id in self.store.lost_claims | self.left_open:
                self._check_left_alone(job_id, now)
            else:
                self._check_look(before, now)

    def _check_left_alone(self, job_id: str, now: datetime) -> None:
        """What a look leaves to the next, or has left to it by being slow."""
        job = self.store.expected[job_id].job
        if now - job.created_at < PATIENCE.longest:
            assert not _is_given_up(job), "a job that another has in hand was given up"
        elif job.due_at is not None:
            assert job.due_at > now, "a job outlives its time, whatever is heard of it"

    def _check_look(self, before: Job, now: datetime) -> None:
        job = self.store.expected[before.job_id].job
        if job.due_at is not None:
            assert job.due_at > now, "a job that stays due would be looked after for ever"
            assert now - job.created_at < PATIENCE.longest, "a job outlives its time, whatever is heard of it"
        elif _is_given_up(job):
            assert self._may_be_given_up(job, now), "a job was given up early"

    def _may_be_given_up(self, job: Job, now: datetime) -> bool:
        """By the times as they passed, whatever the clocks said of them."""
        heard = [at for at in (self.heard.get(job.job_id), job.answered_at) if at]
        since, wait = (max(heard), PATIENCE.silence) if heard else (self.made[job.job_id], PATIENCE.deadline)
        return now - since >= wait or now - job.created_at >= PATIENCE.longest

    # How it is done

    def _clock(self) -> datetime:
        """No two moments are the same."""
        self.at += timedelta(milliseconds=1)
        return to_milliseconds(self.at)

    def _submit(self, mood: Mood, skew: timedelta = timedelta()) -> str:
        before, self.backend.mood = self.backend.mood, mood
        self.skew = skew
        with suppress(BackendRejected, CallerDied):
            request = Request(order=order(), user_id=self.user, org_id=None, key=None)
            self.submission.submit_job(request, webhook_url="https://api.example.org/")
        self.backend.mood = before
        self.made[self.store.newest] = self.at
        return self.store.newest

    def _report(self, body: dict[str, Any], skew: timedelta) -> None:
        self.sent.append(body)
        self.skew = skew
        with suppress(JobNotFound):
            if self.recording.record_event(WebhookEvent.model_validate(body)).applied:
                self.heard[body["job_id"]] = self.at

    def _happens(self, what: str, job_id: str) -> None:
        happenings: dict[str, Callable[[str], object]] = {
            "a result": self._backend_completes,
            "progress": self._backend_progresses,
            "a cancellation": self._is_cancelled,
            "its deletion": self._is_deleted,
            "another run": self._another_run,
            "another claim": self._another_claim,
            "a slow answer": self._another_run_when_it_is_due_again,
            "an earlier answer": self._an_earlier_look_hears,
            "a crash": _die,
        }
        happenings[what](job_id)

    def _is_cancelled(self, job_id: str) -> None:
        with suppress(JobAlreadyFinished):
            self.discarding.cancel_job(job_id, self.user)

    def _is_deleted(self, job_id: str) -> None:
        self._is_cancelled(job_id)
        self.discarding.delete_job(job_id, self.user)

    def _backend_completes(self, job_id: str) -> None:
        self.backend.goes_on(job_id, "COMPLETED", 100)
        if job_id in self.backend.works:
            self._report(self.backend.report(job_id), timedelta())

    def _backend_progresses(self, job_id: str) -> None:
        self._report(progress_body(job_id, status="saving", progress=99), timedelta())

    def _another_run(self, job_id: str) -> None:
        before = self.store.expected[job_id]
        self.reconciliation.reconcile_job(job_id)
        assert self.store.expected[job_id] == before, "a job in hand was taken by another run"

    def _another_claim(self, job_id: str) -> None:
        now = self._clock()
        job = self.store.expected[job_id].job
        assert self.store.claim(job, at=now, next_look=PATIENCE.next_look(job, now))

    def _another_run_when_it_is_due_again(self, job_id: str) -> None:
        """So slow is the answer that the next run takes the job in hand, and may be the one to end it."""
        before = self.store.expected[job_id].job
        self.at = max(self.at, before.due_at or self.at)
        now = self._clock()
        self.reconciliation.reconcile_job(job_id)
        self._check_look(before, now)
        if self.store.is_open(job_id):
            self.left_open.add(job_id)

    def _an_earlier_look_hears(self, job_id: str) -> None:
        """That the backend is at work: only now, so slow is its answer."""
        asked, now = self.store.earlier_looks[job_id], self._clock()
        if asked.looks and now - asked.created_at < PATIENCE.longest:
            assert self.store.note_answer(asked, at=now, next_look=PATIENCE.look_after_news(asked, now))
            self.heard[job_id] = now

    def _indexed(self, index: str, key: str) -> set[str]:
        answer = self.engine.client.query(
            TableName=JOBS,
            IndexName=index,
            KeyConditionExpression=f"{key} = :user",
            ExpressionAttributeValues={":user": {"S": self.user}},
        )
        return {item["job_id"]["S"] for item in answer["Items"]}


def _is_given_up(job: Job) -> bool:
    return job.deadline_passed or job.error_code == ErrorCode.BACKEND_UNAVAILABLE


def _die(_job_id: str) -> None:
    raise CallerDied
