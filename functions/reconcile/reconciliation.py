"""The story of a silent job: claim it, ask its backend, and do what the answer calls for.

The backend is asked before anything is done, so no mark of what it accepted is ever stored: a crash after the submit and one
before it look alike here, and both end well.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from reconcile.patience import Patience, was_heard
from sorami.artifacts import Artifacts, ReferencePolicy
from sorami.backend_answers import result_event, status_event
from sorami.backend_request import backend_request
from sorami.errors import (
    MISCONFIGURED,
    BackendRejected,
    BackendUnavailable,
    InvalidRequest,
    JobNotFound,
    SecretUnavailable,
    StoreUnavailable,
)
from sorami.jobs import ErrorCode, Failed, Job, Progressed
from sorami.observability import count, count_end, logger, measure, name_job
from sorami.store import JobStore
from sorami.texts import text
from sorami.values import dataclass
from sorami.wire.webhook import WebhookEvent


class AskedBackend(Protocol):
    """The part of `sorami.backend.Backend` that this story uses. A refusal comes of `submit` alone."""

    def status(self, job_id: str) -> dict[str, Any] | None: ...
    def result(self, job_id: str) -> dict[str, Any] | None: ...
    def submit(self, job_id: str, request: dict[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What reconciling needs from the outside."""

    jobs: JobStore
    backend: AskedBackend
    artifacts: Artifacts
    policy: ReferencePolicy
    patience: Patience
    webhook_url: str
    locale: str
    clock: Callable[[], datetime]

    def reconcile_job(self, job_id: str) -> None:
        """Looks after one job, unless it is not due any more or another run has it in hand."""
        name_job(job_id)
        try:
            self._reconcile(job_id, self.clock())
        except JobNotFound:
            logger.info("the job is gone")  # perhaps only since its backend was asked: open jobs can be cancelled and deleted

    def _reconcile(self, job_id: str, now: datetime) -> None:
        job = self.jobs.get(job_id)
        if job.due_at is None or job.due_at > now:
            return
        measure("OpenJobAge", (now - job.created_at).total_seconds())
        if self.patience.heard_lately(job, now):
            self.jobs.put_off(job, next_look=self.patience.look_after_news(job, job.updated_at))
            return
        next_look, is_last = self.patience.next_look(job, now), self.patience.has_taken_too_long(job, now)
        if self.jobs.claim(job, at=now, next_look=next_look, despite_news=is_last):
            count("JobsLookedAfter")
            self._look_after(replace(job, due_at=next_look), now)

    def _look_after(self, job: Job, now: datetime) -> None:
        """`job` as it was claimed."""
        try:
            said = self.backend.status(job.job_id)
            if said is None:
                self._submit_again(job, now)
            else:
                self._take_over(job, said, now)
        except (BackendUnavailable, SecretUnavailable) as error:
            _report_silence(error)
            self._give_up_if_over(job, now)
        except StoreUnavailable:
            raise
        except Exception:  # whatever is wrong with us, it keeps no job open for ever
            with suppress(JobNotFound):  # else a deletion would hide what is wrong
                self._give_up_if_over(job, now)
            raise

    def _submit_again(self, job: Job, now: datetime) -> None:
        """The backend has never heard of the job, or has forgotten it."""
        if self.patience.is_over(job, now):
            self._give_up_if_over(job, now)
            return
        slots = self.artifacts.upload_slots(job.job_id, count=job.order.num_images, image_format=job.order.format, at=now)
        source = self.artifacts.input_url(job.order.input_image_url)
        body = backend_request(job, webhook_url=self.webhook_url, slots=slots, input_image_url=source)
        count("DispatchAttempts")
        try:
            self.backend.submit(job.job_id, body)
        except BackendRejected as refusal:
            error = refusal.reason or text("failed.backend_rejected", self.locale)
            self._end(job, Failed(error=error, error_code=ErrorCode.BACKEND_REJECTED), now)
            return
        count("JobsSubmittedAgain")
        logger.info("submitted again", extra={"looks": job.looks + 1})

    def _take_over(self, job: Job, said: dict[str, Any], now: datetime) -> None:
        """The backend's answer goes the way of a webhook that never came."""
        reported = status_event(job.job_id, said) or self._result_of(job)
        try:
            event = reported.to_job_event(self.policy, at=now, locale=self.locale)
        except InvalidRequest as error:
            faults = [fault.pointer for fault in error.faults]
            raise BackendUnavailable(f"the backend's result may not be stored: {faults}") from error
        outcome = self.jobs.apply(job.job_id, event, self.clock())
        if outcome.applied:
            count("ReportsRecovered")
            count_end(event, outcome.job)
            logger.info("recovered what the backend has not reported", extra={"state": reported.status})
        if isinstance(event, Progressed) and self.patience.has_taken_too_long(job, now):
            self._end(outcome.job, self._given_up(ErrorCode.TIMEOUT), now)
        elif isinstance(event, Progressed) and not outcome.applied:
            self.jobs.note_answer(job, at=now, next_look=self.patience.look_after_news(job, now))

    def _result_of(self, job: Job) -> WebhookEvent:
        result = self.backend.result(job.job_id)
        if result is None:
            raise BackendUnavailable("the backend does not know the result of a job that it calls completed")
        return result_event(job.job_id, result)

    def _give_up_if_over(self, job: Job, now: datetime) -> None:
        if not self.patience.is_over(job, now):
            return
        code = ErrorCode.TIMEOUT if was_heard(job) else ErrorCode.BACKEND_UNAVAILABLE
        self._end(job, self._given_up(code), now)

    def _given_up(self, code: ErrorCode) -> Failed:
        """Nobody has said that the job failed: should a result come all the same, it counts."""
        return Failed(error=text(f"failed.{code}", self.locale), error_code=code, deadline_passed=True)

    def _end(self, job: Job, failure: Failed, now: datetime) -> None:
        """What was heard of the job while its backend was asked keeps it open, and so does another run that has it in hand by
        now, unless it has taken too long already."""
        outcome = self.jobs.apply(job.job_id, failure, self.clock(), seen_version=job.version, claimed_until=job.due_at)
        if not outcome.applied and self.patience.has_taken_too_long(job, now):
            failure = self._given_up(ErrorCode.TIMEOUT)
            outcome = self.jobs.apply(job.job_id, failure, self.clock())
        if outcome.applied:
            count_end(failure, outcome.job)
            if failure.deadline_passed:
                count("JobsGivenUp")
            logger.warning("ended", extra={"error_code": failure.error_code})


def _report_silence(error: BackendUnavailable | SecretUnavailable) -> None:
    count("BackendUnavailable")
    status = error.status if isinstance(error, BackendUnavailable) else None
    if status in MISCONFIGURED:
        count("BackendMisconfigured")
    logger.warning("the backend says nothing of the job", extra={"reason": str(error), "backend_status": status})
