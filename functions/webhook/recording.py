"""The story of a webhook event: one conditional write, and an answer that tells the sender whether it changed anything."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sorami.artifacts import ReferencePolicy, without_query
from sorami.errors import JobNotFound
from sorami.jobs import JobEvent, State, is_job_id, target_state
from sorami.observability import count, count_end, logger, name_job
from sorami.store import JobStore, Outcome
from sorami.values import dataclass
from sorami.wire.webhook import WebhookEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What recording an event needs from the outside."""

    jobs: JobStore
    policy: ReferencePolicy
    locale: str
    clock: Callable[[], datetime]

    def record_event(self, reported: WebhookEvent) -> Outcome:
        """Raises InvalidRequest for a result that must not be stored, JobNotFound for a job that nobody knows."""
        at = self.clock()
        name_job(reported.job_id)
        event = reported.to_job_event(self.policy, at=at, locale=self.locale)
        try:
            outcome = self._apply(reported.job_id, event, at)
        except JobNotFound:
            count("WebhooksUnknownJob")
            logger.warning("unknown job", extra={"event": _shown(reported)})
            raise
        _report(event, outcome)
        return outcome

    def _apply(self, job_id: str, event: JobEvent, at: datetime) -> Outcome:
        if not is_job_id(job_id):
            raise JobNotFound(job_id)
        return self.jobs.apply(job_id, event, at)


def _shown(reported: WebhookEvent) -> dict[str, Any]:
    event = reported.model_dump(mode="json")
    for image in (event["data"] or {}).get("images", ()):
        image["url"] = without_query(image["url"])
    return event


def _report(event: JobEvent, outcome: Outcome) -> None:
    state = target_state(event)
    if outcome.applied:
        count("WebhooksApplied")
        logger.info("applied", extra={"state": state, "progress": outcome.job.progress, "version": outcome.job.version})
        count_end(event, outcome.job)
        return
    count("WebhooksIgnored")
    if _contradicts(state, outcome.job.state):
        count("WebhooksContradicting")
        logger.error("contradictory outcome, the first stands", extra={"stands": outcome.job.state, "reported": state})
    else:
        logger.info("ignored", extra={"stands": outcome.job.state, "reported": state})


def _contradicts(reported: State, standing: State) -> bool:
    """Two different ends of one job; an end after a cancellation is only late."""
    return reported.is_terminal and standing.is_terminal and standing not in {reported, State.CANCELLED}
