"""The story of a new job: write it down, then hand it to the backend. The order is the point: what is written is not lost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sorami.artifacts import Artifacts
from sorami.backend import MISCONFIGURED, Backend
from sorami.backend_request import backend_request
from sorami.errors import BackendRejected, BackendUnavailable, SecretUnavailable
from sorami.jobs import ErrorCode, Failed, Job, Order, State, new_job_id
from sorami.observability import count, logger, name_job
from sorami.store import JobStore
from sorami.texts import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What submitting needs from the outside. A job of which nothing is heard is looked at after `first_look`."""

    jobs: JobStore
    artifacts: Artifacts
    backend: Backend
    first_look: timedelta
    locale: str
    clock: Callable[[], datetime]

    def submit_job(self, order: Order, *, user_id: str, org_id: str | None, webhook_url: str) -> Job:
        """Returns the job as written, also when the backend is away: then it stays open and is tried again.

        Raises BackendRejected, with the job's id, when the backend refused this request for good; the job is then FAILED.
        """
        job = self._new_job(order, user_id, org_id)
        name_job(job.job_id)
        # Before the write, since whatever fails between it and the submit leaves a job that waits.
        slots = self.artifacts.upload_slots(job.job_id, count=order.num_images, image_format=order.format, at=job.created_at)
        job = self.jobs.create(job)
        count("JobsCreated")
        try:
            self.backend.submit(job.job_id, backend_request(job, webhook_url=webhook_url, slots=slots))
            logger.info("submitted")
        except (BackendUnavailable, SecretUnavailable) as error:
            count("DispatchFailed")
            if isinstance(error, BackendUnavailable) and error.status in MISCONFIGURED:
                count("BackendMisconfigured")
            logger.warning("backend unavailable, the job waits", extra={"reason": str(error)})
        except BackendRejected as refusal:
            return self._refused(job, refusal)
        return job

    def _new_job(self, order: Order, user_id: str, org_id: str | None) -> Job:
        at = self.clock()
        return Job(
            job_id=new_job_id(),
            user_id=user_id,
            org_id=org_id,
            order=order,
            state=State.PENDING,
            progress=0,
            message=text("job.accepted", self.locale),
            created_at=at,
            updated_at=at,
            due_at=at + self.first_look,
        )

    def _refused(self, job: Job, refusal: BackendRejected) -> Job:
        """Fails the job and raises the refusal; returns the job if the backend has meanwhile reported how it ended."""
        error = refusal.reason or text("failed.backend_rejected", self.locale)
        outcome = self.jobs.apply(job.job_id, Failed(error=error, error_code=ErrorCode.BACKEND_REJECTED), self.clock())
        if not outcome.applied:
            return outcome.job
        count("JobsRefusedByBackend")
        logger.warning("backend refused the job", extra={"backend_status": refusal.status})
        refusal.job_id = job.job_id
        raise refusal
