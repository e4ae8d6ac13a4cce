"""The parts put together: one object that takes orders and answers for them."""

from __future__ import annotations

import logging
from threading import Event

import requests

from .answers import Session
from .demo import DemoGenerator
from .faults import Faults
from .generator import ImageGenerator
from .jobs import Job, JobBook
from .orders import Order
from .pool import StartPool, WorkerPool
from .secret import secret_source
from .settings import Settings
from .story import Tools, run_job
from .texts import say
from .uploads import LocalFiles

_log = logging.getLogger(__name__)


class Backend:
    def __init__(self, settings: Settings, generator: ImageGenerator | None = None, start_pool: StartPool = WorkerPool) -> None:
        self.settings = settings
        self.files = LocalFiles()
        self.book = JobBook(on_forget=self.files.forget)
        self.generator = generator or choose_generator(settings)
        self._closing = Event()
        self._faults = Faults(settings.faults)
        self._pool = start_pool(self._work, self._hand_back, settings.workers, settings.queue_limit)
        secret = secret_source(settings.webhook_secret, settings.webhook_secret_file)
        self._tools = Tools(
            settings, self.book, self.generator, self.files, open_session, secret, self._pool.pause, self._faults.disturb
        )

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    def take(self, order: Order) -> Job:
        """Once per job_id, however often and however concurrently it is asked. Raises PoolFull, Closing, and Refused to order."""
        self._faults.refuse_some()
        job = self.book.add_once(order, say(self.settings.locale, "pending"), self._pool.submit)
        self._faults.answer_late(self._pool.pause)
        return job

    def close(self) -> None:
        """Nothing new is taken. What is begun has `shutdown_seconds` to end, the rest is handed back; nothing is told to have
        failed that has not."""
        self._closing.set()
        self._pool.close(self.settings.shutdown_seconds)

    def _work(self, job_id: str) -> None:
        run_job(self.book.find(job_id), self._tools)

    def _hand_back(self, job_id: str) -> None:
        """From now on this backend has never heard of it: asked, it answers 404, and so the service submits the job again."""
        self.book.forget(job_id)
        _log.info("job handed back: the process is ending", extra={"job_id": job_id})


def choose_generator(settings: Settings) -> ImageGenerator:
    if settings.gemini is None:
        return DemoGenerator()
    from .gemini import GeminiGenerator  # noqa: PLC0415 - only who chooses it needs its SDK

    return GeminiGenerator(settings.gemini)


def open_session() -> requests.Session:
    """Without ~/.netrc: a second Authorization beside a presigned URL's signature is refused by S3."""
    session = Session()
    session.auth = _no_credentials
    return session


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
