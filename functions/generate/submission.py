"""The story of a new job: write it down, then hand it to the backend. The order is the point: what is written is not lost."""

from collections.abc import Callable
from datetime import datetime

from generate.quota import Quota
from generate.recording import Recorder, Request
from sorami.artifacts import Artifacts
from sorami.backend import Backend
from sorami.backend_request import backend_request
from sorami.errors import MISCONFIGURED, BackendRejected, BackendUnavailable, JobNotFound, SecretUnavailable
from sorami.jobs import ErrorCode, Failed, Job
from sorami.observability import count, count_failure, logger
from sorami.store import JobStore
from sorami.texts import text
from sorami.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The job that was written, or (`replayed`) that the same key wrote before. `quota` is None where there is no limit."""

    job: Job
    replayed: bool
    quota: Quota | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What submitting needs from the outside. A user may have `max_open_jobs` open; 0 is no limit."""

    jobs: JobStore
    recorder: Recorder
    artifacts: Artifacts
    backend: Backend
    max_open_jobs: int
    locale: str
    clock: Callable[[], datetime]

    def submit_job(self, request: Request, *, webhook_url: str) -> Submitted:
        """Returns the job as written, also when the backend is away: then it stays open and is tried again.

        Raises TooManyOpenJobs, what `Recorder.record` raises, and BackendRejected, with the job's id, when the backend refused
        this request for good; the job is then FAILED.
        """
        quota = self._check_quota(request)
        outcome = self.recorder.record(request)
        if not outcome.applied:
            count("JobsReplayed")
            logger.info("replayed")
            return Submitted(job=outcome.job, replayed=True, quota=quota)
        count("JobsCreated")
        job = self._hand_over(outcome.job, webhook_url)
        return Submitted(job=job, replayed=False, quota=quota.with_one_more() if quota else None)

    def _check_quota(self, request: Request) -> Quota | None:
        """One Query; at the limit a read more, since what begins nothing new is not limited."""
        if not self.max_open_jobs:
            return None
        open_jobs = self.jobs.count_open(request.user_id, at_most=self.max_open_jobs)
        quota = Quota(limit=self.max_open_jobs, open_jobs=open_jobs)
        if quota.is_used_up and not self.recorder.is_known(request):
            count("JobsOverQuota")
            raise quota.exceeded()
        return quota

    def _hand_over(self, job: Job, webhook_url: str) -> Job:
        order = job.order
        slots = self.artifacts.upload_slots(job.job_id, count=order.num_images, image_format=order.format, at=job.created_at)
        source = self.artifacts.input_url(order.input_image_url)
        body = backend_request(job, webhook_url=webhook_url, slots=slots, input_image_url=source)
        try:
            count("DispatchAttempts")
            self.backend.submit(job.job_id, body)
            logger.info("submitted")
        except (BackendUnavailable, SecretUnavailable) as error:
            count("DispatchFailed")
            if isinstance(error, BackendUnavailable) and error.status in MISCONFIGURED:
                count("BackendMisconfigured")
            logger.warning("backend unavailable, the job waits", extra={"reason": str(error)})
        except BackendRejected as refusal:
            return self._refused(job, refusal)
        return job

    def _refused(self, job: Job, refusal: BackendRejected) -> Job:
        """Fails the job and raises the refusal; returns the job if the backend has meanwhile reported how it ended."""
        error = refusal.reason or text("failed.backend_rejected", self.locale)
        refusal.job_id = job.job_id
        try:
            outcome = self.jobs.apply(job.job_id, Failed(error=error, error_code=ErrorCode.BACKEND_REJECTED), self.clock())
        except JobNotFound:  # its owner has cancelled and deleted it meanwhile: there is nobody to be told but who asks
            raise refusal from None
        if not outcome.applied:
            return outcome.job
        count("JobsRefusedByBackend")
        count_failure(ErrorCode.BACKEND_REJECTED)
        logger.warning("backend refused the job", extra={"backend_status": refusal.status})
        raise refusal
