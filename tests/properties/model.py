"""What must become of a job, in plain words, and a store that is held to it at every call, whoever makes it.

The words say again what `jobs.TRANSITIONS` says as data, on purpose: they must not be derived from it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sorami.errors import JobNotFound
from sorami.jobs import Cancelled, Completed, Failed, Job, JobEvent, Progressed, State
from sorami.store import JobStore, Outcome

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IN_ORDER = [State.PENDING, State.INITIALIZING, State.GENERATING, State.SAVING]


@dataclass(frozen=True)
class Expected:
    """What the model knows of a job. `outcomes` are those that it reached, in order: its owner is told of each but a
    cancellation."""

    job: Job
    outcomes: tuple[str, ...] = ()
    is_deleted: bool = False

    @property
    def is_open(self) -> bool:
        return not self.outcomes

    def after(self, event: JobEvent, at: datetime) -> "Expected | None":
        """The job after the event, or None if the event must change nothing."""
        if self.outcomes:
            revived = self.outcomes == ("timeout",) and isinstance(event, Completed)
            return self._ended(event, at) if revived else None
        if isinstance(event, Progressed):
            return self._progressed(event, at)
        if isinstance(event, Cancelled) and event.by != self.job.user_id:
            return None
        return self._ended(event, at)

    def _progressed(self, event: Progressed, at: datetime) -> "Expected | None":
        ahead = IN_ORDER.index(event.state) - IN_ORDER.index(self.job.state)
        rises = event.progress - self.job.progress
        if ahead < 0 or rises < 0 or (ahead == 0 and rises == 0):
            return None
        written = replace(self.job, updated_at=at, version=self.job.version + 1, looks=0, watched_since=None)
        return Expected(replace(written, state=event.state, progress=event.progress, message=event.message))

    def _ended(self, event: JobEvent, at: datetime) -> "Expected":
        ended = replace(self.job, updated_at=at, finished_at=at, due_at=None, version=self.job.version + 1)
        if isinstance(event, Completed):
            ended = replace(ended, state=State.COMPLETED, progress=100, error=None, error_code=None, deadline_passed=False)
            ended = replace(ended, message=event.message, images=event.images, metadata=event.metadata)
            return Expected(replace(ended, generated_at=event.generated_at), (*self.outcomes, "completed"))
        if isinstance(event, Cancelled):
            return Expected(replace(ended, state=State.CANCELLED, message=event.message), ("cancelled",))
        assert isinstance(event, Failed)
        ended = replace(ended, state=State.FAILED, deadline_passed=event.deadline_passed)
        ended = replace(ended, message=event.error, error=event.error, error_code=event.error_code)
        return Expected(ended, (*self.outcomes, "timeout" if event.deadline_passed else "failed"))


class WatchedStore(JobStore):
    """The real store. Each answer of it has to be the model's, and the model goes along. `slips_in` happens just before a
    claim; `earlier_looks` are the jobs as the last claim saw them, which is as the claim before it left them."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        super().__init__(client, table)
        self.expected: dict[str, Expected] = {}
        self.slips_in: Callable[[str], object] | None = None
        self.lost_claims: set[str] = set()
        self.earlier_looks: dict[str, Job] = {}

    @property
    def newest(self) -> str:
        return list(self.expected)[-1]

    def is_open(self, job_id: str) -> bool:
        return self.expected[job_id].is_open

    def due(self, at: datetime) -> set[str]:
        """What the model calls due."""
        return {job_id for job_id, expected in self.expected.items() if expected.job.due_at and expected.job.due_at <= at}

    def create(self, job: Job) -> Outcome:
        outcome = super().create(job)
        assert outcome.applied is (job.job_id not in self.expected)
        assert outcome.job == self.expected.setdefault(job.job_id, Expected(job)).job
        return outcome

    def apply(
        self,
        job_id: str,
        event: JobEvent,
        at: datetime,
        *,
        seen_version: int | None = None,
        claimed_until: datetime | None = None,
    ) -> Outcome:
        before = self.expected[job_id]
        with self._gone_if(before.is_deleted):
            outcome = super().apply(job_id, event, at, seen_version=seen_version, claimed_until=claimed_until)
        as_seen = seen_version in {None, before.job.version} and claimed_until in {None, before.job.due_at}
        after = before.after(event, at) if as_seen else None
        assert outcome.applied is (after is not None), (event, before)
        assert outcome.job == (after or before).job
        self.expected[job_id] = after or before
        return outcome

    def get(self, job_id: str) -> Job:
        with self._gone_if(self.expected[job_id].is_deleted):
            found = super().get(job_id)
        assert found == self.expected[job_id].job
        return found

    def bury(self, job: Job, at: datetime) -> bool:
        standing = self.expected[job.job_id]
        with self._gone_if(standing.is_deleted):
            done = super().bury(job, at)
        assert done is (standing.job.version == job.version)
        self.expected[job.job_id] = replace(standing, is_deleted=done)
        return done

    @contextmanager
    def _gone_if(self, is_deleted: bool) -> Iterator[None]:
        try:
            yield
        except JobNotFound:
            assert is_deleted
            raise
        assert not is_deleted

    def claim(self, job: Job, *, at: datetime, next_look: datetime, despite_news: bool = False) -> bool:
        if slips_in := self.slips_in:
            self.slips_in = None
            slips_in(job.job_id)
        won = super().claim(job, at=at, next_look=next_look, despite_news=despite_news)
        self.earlier_looks[job.job_id] = job
        if not won:
            self.lost_claims.add(job.job_id)
        waiting = {"looks": job.looks + 1, "watched_since": job.watched_since or at}
        only_if = self._was_due_then(job) and (despite_news or self._is_unchanged(job))
        return self._moved(job, won, only_if=only_if, due_at=next_look, **waiting)

    def put_off(self, job: Job, *, next_look: datetime) -> bool:
        won = super().put_off(job, next_look=next_look)
        return self._moved(job, won, only_if=self._was_due_then(job), due_at=next_look)

    def bring_forward(self, job: Job, *, next_look: datetime) -> bool:
        won = super().bring_forward(job, next_look=next_look)
        return self._moved(job, won, only_if=self._was_due_then(job) and self._is_unchanged(job), due_at=next_look)

    def note_answer(self, job: Job, *, at: datetime, next_look: datetime) -> bool:
        won = super().note_answer(job, at=at, next_look=next_look)
        waiting = {"looks": 0, "watched_since": None, "answered_at": at}
        return self._moved(job, won, only_if=self._is_unchanged(job), due_at=next_look, **waiting)

    def _was_due_then(self, seen: Job) -> bool:
        return self.expected[seen.job_id].job.due_at == seen.due_at

    def _is_unchanged(self, seen: Job) -> bool:
        return self.expected[seen.job_id].job.version == seen.version

    def _moved(self, seen: Job, won: bool, *, only_if: bool, **changes: Any) -> bool:
        """Only who saw the job as it stands may move it on, so of two who saw the same only the first."""
        standing = self.expected[seen.job_id]
        assert won is (standing.is_open and only_if), (seen, standing)
        if won:
            self.expected[seen.job_id] = replace(standing, job=replace(standing.job, **changes))
        return won
