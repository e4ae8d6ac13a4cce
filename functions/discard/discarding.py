"""The stories of a job that is not wanted any more."""

from collections.abc import Callable
from datetime import datetime

from discard.files import JobFiles
from sorami.errors import JobAlreadyFinished, JobNotFound, JobStillOpen, StoreUnavailable
from sorami.jobs import Cancelled, Job, State, is_job_id
from sorami.observability import count, logger, name_job
from sorami.store import JobStore
from sorami.texts import text
from sorami.values import dataclass

_TRIES = 3
"""A finished job changes once or twice more at most: a late result, copies of its files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarding:
    """What discarding needs from the outside."""

    jobs: JobStore
    files: JobFiles
    locale: str
    clock: Callable[[], datetime]

    def cancel_job(self, job_id: str, user_id: str) -> Job:
        """The cancelled job; the same if it is cancelled already. One conditional write.

        Raises JobNotFound, also for another's job, and JobAlreadyFinished.
        """
        if not is_job_id(job_id):
            raise JobNotFound(job_id)
        name_job(job_id)
        event = Cancelled(by=user_id, message=text("job.cancelled", self.locale))
        outcome = self.jobs.apply(job_id, event, self.clock())
        job = outcome.job
        if job.user_id != user_id:
            raise JobNotFound(job_id)
        if job.state is not State.CANCELLED:
            raise JobAlreadyFinished(job_id=job.job_id, state=job.state, progress=job.progress)
        if outcome.applied:
            count("JobsCancelled")
            logger.info("cancelled")
        return job

    def delete_job(self, job_id: str, user_id: str) -> None:
        """First the files, then the record: whatever fails in between, the job is there to be deleted again.

        Raises JobNotFound, also for another's job, JobStillOpen, FilesUnavailable, StoreUnavailable if it keeps changing.
        """
        if is_job_id(job_id):
            name_job(job_id)
        for _ in range(_TRIES):
            job = self.jobs.get_own(job_id, user_id)
            if not job.state.is_terminal:
                raise JobStillOpen(job_id=job.job_id, state=job.state, progress=job.progress)
            removed = self.files.remove_all(job_id)
            if self.jobs.bury(job, self.clock()):
                count("JobsDeleted")
                logger.info("deleted", extra={"files": removed})
                return
        raise StoreUnavailable("the job changed each time")
