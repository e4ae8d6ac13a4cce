"""One job from first word to last: initializing, generating, saving, and what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import requests
from PIL import Image

from .backoff import wait_before
from .faults import Reports
from .generator import GenerationFailed, ImageGenerator, Picture, TryAgain
from .inputs import BadInput, fetch_input
from .jobs import Job, JobBook
from .orders import Order
from .pool import Closing
from .rehearsal import Cues, read_cues
from .settings import Settings
from .texts import say
from .times import now_text
from .uploads import LocalFiles, StoredFile, UploadFailed, put_file
from .webhook import JobCancelled, Reporter

_log = logging.getLogger(__name__)
_MODEL_TRIES = 5
_LONGEST_MODEL_WAIT = 60.0
_EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}


@dataclass(frozen=True)
class Tools:
    """What a job is made with; a test puts its own in."""

    settings: Settings
    book: JobBook
    generator: ImageGenerator
    files: LocalFiles
    open_session: Callable[[], requests.Session]
    secret: Callable[[], str]
    pause: Callable[[float], None]
    disturb: Callable[[Reports], Reports] = lambda reports: reports
    fetch_input: Callable[[str, Iterable[str]], Image.Image] = fetch_input


def run_job(job: Job, tools: Tools) -> None:
    """Every way out but Closing leaves the job finished, and its outcome reported."""
    order, settings = job.order, tools.settings
    # A prompt is a prompt to a real model, whatever it begins with.
    prompt = order.prompt if settings.gemini is None else ""
    cues = read_cues(prompt, settings.seconds_per_job)
    with tools.open_session() as session:
        reporter = Reporter(
            session,
            order.webhook_url,
            tools.secret,
            settings.environment,
            order.job_id,
            pause=tools.pause,
            silent=cues.silent,
        )
        telling = _Telling(order, tools, tools.disturb(reporter), session, cues)
        try:
            telling.tell()
        except JobCancelled:
            tools.book.note(order.job_id, "CANCELLED", say(settings.locale, "cancelled"))
            _log.info("job cancelled", extra={"job_id": order.job_id})


class _Telling:
    def __init__(self, order: Order, tools: Tools, reports: Reports, session: requests.Session, cues: Cues) -> None:
        self._order, self._tools, self._reports, self._session, self._cues = order, tools, reports, session, cues
        self._began = time.monotonic()

    def tell(self) -> None:
        try:
            result = self._work()
        except (JobCancelled, Closing):
            raise
        except GenerationFailed as exc:
            self._fail(exc.code, exc.text)
        except UploadFailed:
            self._fail("internal")
        except Exception:  # noqa: BLE001 - whatever broke, the service must hear that the job failed
            _log.exception("job failed unexpectedly", extra={"job_id": self._order.job_id})
            self._fail("internal")
        else:
            self._complete(result)

    def _work(self) -> dict[str, Any]:
        self._advance("initializing", 10)
        source = self._source()
        self._keep_pace(0.15)
        pictures = [self._generate(index, source) for index in range(self._order.count)]
        self._advance("saving", 90)
        stored = [self._store(index, picture) for index, picture in enumerate(pictures)]
        self._keep_pace(1.0)
        return self._result(pictures, stored)

    def _source(self) -> Image.Image | None:
        """The picture that the order brings along."""
        url = self._order.input_image_url
        if url is None:
            return None
        try:
            return self._tools.fetch_input(url, [upload.url for upload in self._order.uploads])
        except BadInput as exc:
            _log.warning("no input image", extra={"job_id": self._order.job_id, "reason": str(exc)})
            raise GenerationFailed("invalid_input") from exc

    def _generate(self, index: int, source: Image.Image | None) -> Picture:
        """Tells of progress twice an image, more often when the job is a long one."""
        count = self._order.count
        ticks = min(15, max(2, round(self._cues.seconds / count / 2)))
        picture = None
        for tick in range(ticks):
            share = (index + tick / ticks) / count
            self._advance("generating", 25 + round(60 * share), number=index + 1, count=count)
            if self._cues.failure and tick:
                raise GenerationFailed(self._cues.failure)
            picture = picture or self._draw(index, source)
            self._keep_pace(0.15 + 0.7 * (index + (tick + 1) / ticks) / count)
        if picture is None:
            raise GenerationFailed("internal")
        return picture

    def _draw(self, index: int, source: Image.Image | None) -> Picture:
        """Asks the model again while that may help, a few times."""
        for attempt in range(1, _MODEL_TRIES + 1):
            try:
                return self._tools.generator.generate(self._order, index, source)
            except TryAgain as exc:
                trouble = exc
            extra = {"job_id": self._order.job_id, "attempt": attempt, "reason": trouble.reason}
            _log.warning("no image from the model", extra=extra)
            if attempt < _MODEL_TRIES:
                self._tools.pause(wait_before(attempt + 1, min(trouble.after, _LONGEST_MODEL_WAIT)))
        raise GenerationFailed(trouble.code)

    def _store(self, index: int, picture: Picture) -> StoredFile:
        order = self._order
        if order.uploads:
            return put_file(self._session, order.uploads[index], picture.content, pause=self._tools.pause, job_id=order.job_id)
        return self._tools.files.keep(order, f"image_{index + 1}.{_EXTENSIONS[order.format]}", picture.content)

    def _result(self, pictures: list[Picture], stored: list[StoredFile]) -> dict[str, Any]:
        order, generator, now = self._order, self._tools.generator, now_text()
        images = [
            {
                "file_path": file.file_path,
                "url": file.url,
                "description": self._say("description", number=index + 1, prompt=order.prompt[:200]),
                "format": order.format,
                "size_bytes": len(picture.content),
                "dimensions": f"{picture.width}x{picture.height}",
            }
            for index, (picture, file) in enumerate(zip(pictures, stored, strict=True))
        ]
        counted = [picture.input_tokens for picture in pictures if picture.input_tokens is not None]
        metadata = {
            "model_name": generator.model_name,
            "version": generator.version,
            "generation_time_seconds": round(time.monotonic() - self._began, 3),
            "input_tokens": sum(counted) if counted else len(order.prompt.split()),
            "output_size_bytes": sum(len(picture.content) for picture in pictures),
            "timestamp": now,
        }
        return {"job_id": order.job_id, "status": "COMPLETED", "generated_at": now, "images": images, "metadata": metadata}

    def _advance(self, status: str, progress: int, **values: object) -> None:
        message = self._say(status, **values)
        self._tools.book.note(self._order.job_id, status.upper(), message, progress)
        self._reports.progress(status, progress, message)

    def _complete(self, result: dict[str, Any]) -> None:
        """Remembered before it is told, so that a service which asks at once is answered rightly."""
        message = self._say("completed", count=len(result["images"]))
        self._tools.book.note(self._order.job_id, "COMPLETED", message, 100, result=result)
        seconds = result["metadata"]["generation_time_seconds"]
        _log.info("job completed", extra={"job_id": self._order.job_id, "seconds": seconds})
        self._reports.completed(result)

    def _fail(self, code: str, text: str | None = None) -> None:
        message = self._say(text or code)
        self._tools.book.note(self._order.job_id, "FAILED", message, error_code=code)
        _log.info("job failed", extra={"job_id": self._order.job_id, "reason": code})
        self._reports.failed(code, message)

    def _keep_pace(self, share: float) -> None:
        """Waits until `share` of the job's time has passed: a picture that took long to draw waits the less."""
        self._tools.pause(max(0.0, self._began + share * self._cues.seconds - time.monotonic()))

    def _say(self, key: str, **values: object) -> str:
        return say(self._tools.settings.locale, key, **values)
