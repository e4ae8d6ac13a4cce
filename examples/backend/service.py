"""The parts put together: one object that takes orders and answers for them."""

from __future__ import annotations

import requests

from .faults import Faults
from .generator import DemoGenerator, ImageGenerator
from .jobs import Job, JobBook
from .orders import Order
from .pool import StartPool, WorkerPool
from .settings import Settings
from .story import Tools, run_job
from .texts import say
from .uploads import LocalFiles


class Backend:
    def __init__(self, settings: Settings, generator: ImageGenerator | None = None, start_pool: StartPool = WorkerPool) -> None:
        self.settings = settings
        self.files = LocalFiles()
        self.book = JobBook(on_forget=self.files.forget)
        self.generator: ImageGenerator = generator or DemoGenerator()
        self._faults = Faults(settings.faults)
        self._pool = start_pool(self._work, settings.workers, settings.queue_limit)
        self._tools = Tools(settings, self.book, self.generator, self.files, open_session, self._pool.pause, self._faults.disturb)

    def take(self, order: Order) -> Job:
        """Once per job_id, however often and however concurrently it is asked. Raises PoolFull, and Refused to order."""
        self._faults.refuse_some()
        job = self.book.add_once(order, say(self.settings.locale, "pending"), self._pool.submit)
        self._faults.answer_late(self._pool.pause)
        return job

    def close(self) -> None:
        self._pool.close()

    def _work(self, job_id: str) -> None:
        run_job(self.book.find(job_id), self._tools)


def open_session() -> requests.Session:
    """Without ~/.netrc: a second Authorization beside a presigned URL's signature is refused by S3."""
    session = requests.Session()
    session.auth = _no_credentials
    return session


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
