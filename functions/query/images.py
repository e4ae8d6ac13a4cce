"""Reading jobs: status, result, gallery. One read of DynamoDB per question."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sorami.artifacts import URL_LIFETIME, Artifacts
from sorami.cursors import Cursors
from sorami.errors import JobNotFinished, ResultExpired
from sorami.jobs import Job, State, is_job_id
from sorami.lists import Page
from sorami.observability import name_job
from sorami.store import JobStore
from sorami.values import dataclass
from sorami.wire.answers import Gallery, Result, Status
from sorami.wire.render import generation_answer, result_answer, status_answer

if TYPE_CHECKING:
    from sorami.wire.requests import GalleryQuery

_STRIDE = 100
_MAX_QUERIES = 10
"""A request looks through at most so many times as many jobs for a rare status; its cursor goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """What reading jobs needs from the outside. Files are gone after `retention`."""

    jobs: JobStore
    artifacts: Artifacts
    cursors: Cursors
    retention: timedelta
    clock: Callable[[], datetime]

    def get_status(self, job_id: str, user_id: str) -> Status:
        """Raises JobNotFound."""
        return status_answer(self._own_job(job_id, user_id))

    def get_result(self, job_id: str, user_id: str) -> Result:
        """Raises JobNotFound, JobNotFinished, ResultExpired."""
        job = self._own_job(job_id, user_id)
        if job.state is not State.COMPLETED:
            raise JobNotFinished(job_id=job.job_id, state=job.state, progress=job.progress, is_over=job.state.is_terminal)
        if self._has_expired(job):
            raise ResultExpired(job.job_id)
        return result_answer(job, read_url=self.artifacts.read_url, expires_at=self.clock() + URL_LIFETIME)

    def list_generations(self, query: "GalleryQuery", user_id: str) -> Gallery:
        """One page of the user's jobs, by cursor or by number. Raises InvalidCursor."""
        scope = f"images:{query.status}"
        if query.cursor:
            position = self.cursors.decode(scope, user_id, query.cursor)
            number, page = position["page"], self._page(query, user_id, position["start"])
        else:
            number, page = query.page, self._numbered_page(query, user_id)
        following = {"page": number + 1, "start": dict(page.next_key)} if page.next_key else None
        return {
            "generations": [
                generation_answer(job, read_url=self.artifacts.read_url, with_images=not self._has_expired(job))
                for job in page.jobs
            ],
            "page": number,
            "limit": query.limit,
            "next_cursor": self.cursors.encode(scope, user_id, following),
        }

    def _own_job(self, job_id: str, user_id: str) -> Job:
        if is_job_id(job_id):  # no other text of a stranger gets into the logs
            name_job(job_id)
        return self.jobs.get_own(job_id, user_id)

    def _has_expired(self, job: Job) -> bool:
        return job.finished_at is not None and job.finished_at + self.retention < self.clock()

    def _numbered_page(self, query: "GalleryQuery", user_id: str) -> Page:
        if query.page == 1:
            return self._page(query, user_id, None)
        before = (query.page - 1) * query.limit
        match query.status:
            case State.COMPLETED:
                start = self.jobs.skip_completed(user_id, before)
            case "ALL":
                start = self.jobs.skip_all(user_id, before)
            case _:
                skipped = self._page_of_state(query.status, user_id, before, None)
                start = skipped.next_key
                if len(skipped.jobs) < before:  # not all were looked through: what follows is not yet this page
                    return Page(jobs=(), next_key=start)
        return self._page(query, user_id, start) if start else Page(jobs=(), next_key=None)

    def _page(self, query: "GalleryQuery", user_id: str, start: Mapping[str, str] | None) -> Page:
        if query.status is State.COMPLETED:
            return self.jobs.completed_by(user_id, limit=query.limit, start=start)
        if query.status == "ALL":
            return self.jobs.all_by(user_id, limit=query.limit, start=start)
        return self._page_of_state(query.status, user_id, query.limit, start)

    def _page_of_state(self, state: State, user_id: str, limit: int, start: Mapping[str, str] | None) -> Page:
        """Other states have no index of their own: the user's jobs are looked through, a bounded number of them per request."""
        found: list[Job] = []
        for _ in range(_MAX_QUERIES):
            page = self.jobs.all_by(user_id, limit=_STRIDE, start=start)
            found += [job for job in page.jobs if job.state is state]
            start = page.next_key
            if len(found) > limit:
                return Page(jobs=tuple(found[:limit]), next_key=self.jobs.key_after(found[limit - 1]))
            if start is None:
                break
        return Page(jobs=tuple(found), next_key=start)
