"""The first write of a job. With an idempotency key it is the record of the key as well: no second table, no second write."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sorami.errors import BackendRejected, IdempotencyKeyReused, JobDeleted, JobNotFound
from sorami.idempotency import job_ids
from sorami.jobs import Job, Order, State, new_job_id
from sorami.observability import name_job
from sorami.store import JobStore, Outcome
from sorami.texts import text
from sorami.tombstones import is_refused
from sorami.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks for what. Two requests of a user with one `key` are one, if their orders are equal."""

    order: Order
    user_id: str
    org_id: str | None
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """What recording needs from the outside. A job of which nothing is heard is looked at after `first_look`."""

    jobs: JobStore
    first_look: timedelta
    locale: str
    clock: Callable[[], datetime]

    def record(self, request: Request) -> Outcome:
        """The new job, or (not `applied`) the one that the key stands for.

        Raises IdempotencyKeyReused, JobDeleted, and BackendRejected if the backend has refused all that the key may try.
        """
        job_id = None
        for job_id in _ids_for(request):
            name_job(job_id)
            try:
                outcome = self.jobs.create(self._job(job_id, request))
            except JobDeleted as deleted:
                if not deleted.was_refused:
                    raise
            else:
                if outcome.applied or not is_refused(outcome.job):
                    return _same_request(outcome, request)
        raise BackendRejected(status=None, job_id=job_id)

    def is_known(self, request: Request) -> bool:
        """Whether the request's key stands for a job, be it a deleted one, or may try no more: then nothing new would begin."""
        if request.key is None:
            return False
        for job_id in _ids_for(request):
            try:
                was_refused = is_refused(self.jobs.get_or_deleted(job_id))
            except JobDeleted as deleted:
                was_refused = deleted.was_refused
            except JobNotFound:
                return False
            if not was_refused:
                return True
        return True

    def _job(self, job_id: str, request: Request) -> Job:
        at = self.clock()
        return Job(
            job_id=job_id,
            user_id=request.user_id,
            org_id=request.org_id,
            order=request.order,
            state=State.PENDING,
            progress=0,
            message=text("job.accepted", self.locale),
            created_at=at,
            updated_at=at,
            due_at=at + self.first_look,
        )


def _ids_for(request: Request) -> Iterator[str]:
    if request.key is None:
        yield new_job_id()
    else:
        yield from job_ids(request.user_id, request.key)


def _same_request(outcome: Outcome, request: Request) -> Outcome:
    if not outcome.applied and outcome.job.order != request.order:
        raise IdempotencyKeyReused(outcome.job.job_id)
    return outcome
