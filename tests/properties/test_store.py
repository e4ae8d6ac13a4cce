"""Random histories of a few jobs on a real conditional write, checked against a model of a few lines.

The model says in plain words what `jobs.TRANSITIONS` says as data, on purpose: it must not be derived from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sorami.errors import JobNotFound
from sorami.jobs import Completed, ErrorCode, Failed, Job, JobEvent, Progressed, State, new_job_id
from sorami.store import JobStore
from tests.support.samples import METADATA, image, minutes, pending_job

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_IN_ORDER = [State.PENDING, State.INITIALIZING, State.GENERATING, State.SAVING]


@dataclass(frozen=True)
class Expected:
    """What the model knows of a job."""

    job: Job
    outcome: str = ""

    def after(self, event: JobEvent) -> "Expected | None":
        """The job after the event, or None if the event must change nothing."""
        if self.outcome:
            revived = self.outcome == "timeout" and isinstance(event, Completed)
            return self._ended(event) if revived else None
        if isinstance(event, Progressed):
            return self._progressed(event)
        return self._ended(event)

    def _progressed(self, event: Progressed) -> "Expected | None":
        ahead = _IN_ORDER.index(event.state) - _IN_ORDER.index(self.job.state)
        rises = event.progress - self.job.progress
        if ahead < 0 or rises < 0 or (ahead == 0 and rises == 0):
            return None
        changed = replace(
            self.job, state=event.state, progress=event.progress, message=event.message, version=self.job.version + 1
        )
        return Expected(changed)

    def _ended(self, event: JobEvent) -> "Expected":
        if isinstance(event, Completed):
            changed = replace(
                self.job,
                state=State.COMPLETED,
                progress=100,
                message=event.message,
                images=event.images,
                error=None,
                error_code=None,
            )
            return Expected(replace(changed, version=self.job.version + 1), "completed")
        assert isinstance(event, Failed)
        changed = replace(self.job, state=State.FAILED, message=event.error, error=event.error, error_code=event.error_code)
        return Expected(replace(changed, version=self.job.version + 1), "timeout" if event.deadline_passed else "failed")


class Histories(RuleBasedStateMachine):
    store: ClassVar[JobStore]
    client: ClassVar["DynamoDBClient"]
    jobs: Bundle[str] = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.expected: dict[str, Expected] = {}
        self.sent: list[tuple[str, JobEvent]] = []
        self.minute = 0

    @rule(target=jobs)
    def submit(self) -> str:
        job = pending_job()
        assert self.store.create(job) == job
        self.expected[job.job_id] = Expected(job)
        return job.job_id

    @rule(job_id=jobs)
    def submit_again(self, job_id: str) -> None:
        """The put is a put-if-absent: what stands is returned, and stays."""
        again = replace(pending_job(), job_id=job_id)
        assert self.store.create(again).user_id == self.expected[job_id].job.user_id

    @rule(job_id=jobs, state=st.sampled_from(_IN_ORDER), percent=st.integers(0, 100))
    def progress(self, job_id: str, state: State, percent: int) -> None:
        self._send(job_id, Progressed(state=state, progress=percent, message=f"{state} {percent}"))

    @rule(job_id=jobs, count=st.integers(1, 4))
    def complete(self, job_id: str, count: int) -> None:
        images = tuple(image(job_id, number) for number in range(1, count + 1))
        self._send(job_id, Completed(images=images, generated_at=minutes(1), message=f"{count}", metadata=METADATA))

    @rule(job_id=jobs, code=st.sampled_from([code for code in ErrorCode if code is not ErrorCode.TIMEOUT]))
    def fail(self, job_id: str, code: ErrorCode) -> None:
        self._send(job_id, Failed(error="raté", error_code=code))

    @rule(job_id=jobs, ours=st.booleans())
    def time_out(self, job_id: str, ours: bool) -> None:
        """Only our own deadline may be overtaken by a result; a backend's `timeout` is an outcome like any other."""
        self._send(job_id, Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=ours))

    @rule(place=st.integers(0, 10_000))
    def repeat(self, place: int) -> None:
        """Any event that was sent before, however long ago."""
        if self.sent:
            self._send(*self.sent[place % len(self.sent)])

    @rule()
    def report_an_unknown_job(self) -> None:
        job_id = new_job_id()
        with pytest.raises(JobNotFound):
            self.store.apply(job_id, Failed(error="?", error_code=ErrorCode.INTERNAL), minutes(0))
        with pytest.raises(JobNotFound):
            self.store.get(job_id)

    @invariant()
    def every_job_is_as_the_model_says(self) -> None:
        for job_id, expected in self.expected.items():
            found, job = self.store.get(job_id), expected.job
            assert (found.state, found.progress, found.version) == (job.state, job.progress, job.version)
            assert (found.message, found.error, found.error_code) == (job.message, job.error, job.error_code)
            assert (found.images, found.user_id, found.order) == (job.images, job.user_id, job.order)

    @invariant()
    def the_sparse_indexes_hold_what_their_names_say(self) -> None:
        for job_id, expected in self.expected.items():
            user = expected.job.user_id
            assert self._indexed("open", "open_user", user) == ([] if expected.outcome else [job_id])
            assert self._indexed("finished", "gallery_user", user) == ([job_id] if expected.outcome == "completed" else [])

    def _send(self, job_id: str, event: JobEvent) -> None:
        self.minute += 1
        self.sent.append((job_id, event))
        after = self.expected[job_id].after(event)
        outcome = self.store.apply(job_id, event, minutes(self.minute))
        assert outcome.applied is (after is not None)
        if after:
            self.expected[job_id] = after
        assert outcome.job.state is self.expected[job_id].job.state

    def _indexed(self, index: str, key: str, user: str) -> list[str]:
        answer = self.client.query(
            TableName="jobs",
            IndexName=index,
            KeyConditionExpression=f"{key} = :user",
            ExpressionAttributeValues={":user": {"S": user}},
        )
        return [item["job_id"]["S"] for item in answer["Items"]]


@pytest.fixture
def histories(dynamodb: "DynamoDBClient") -> Iterator[type[Histories]]:
    Histories.store, Histories.client = JobStore(dynamodb, "jobs"), dynamodb
    yield Histories
    del Histories.store, Histories.client


def test_random_histories_end_as_the_model_says(histories: type[Histories]) -> None:
    run_state_machine_as_test(
        histories,
        settings=settings(max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
    )
