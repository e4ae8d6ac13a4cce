"""The service's part, spoken to the backend under check: the same client, the same request bodies, the same limits."""

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ops.contract.evidence import Answer, Evidence, Heard, Manner, Played
from ops.contract.stand_in import Record, StandIn
from sorami.backend import Backend, session
from sorami.backend_request import backend_request
from sorami.errors import BackendRejected, BackendUnavailable
from sorami.jobs import Job, Order, State, new_job_id
from sorami.times import now

ASKS_AT_ONCE = 8
_PAUSE_WHEN_BUSY = 2.0
_BUSY = frozenset({429, 503})
_ACCEPTED = 202
_ORDERS: Mapping[Manner, tuple[int, str]] = {
    Manner.TAKES: (2, "WEBP"),
    Manner.DROPS: (1, "JPEG"),
    Manner.UNAVAILABLE: (4, "PNG"),
    Manner.REFUSES: (1, "WEBP"),
    Manner.FORGETS: (1, "WEBP"),
    Manner.CANCELS: (1, "WEBP"),
}


@dataclass(frozen=True)
class Patience:
    """Seconds. `job` for a job to end, `retry` for an outcome to be sent again, `quiet` for nothing more to come."""

    job: float = 120.0
    retry: float = 30.0
    quiet: float = 5.0


@dataclass(frozen=True)
class Play:
    """One check of one backend. `key` and `secret` may be empty: then what needs them is not judged."""

    backend_url: str
    key: str
    secret: str
    prompt: str
    patience: Patience
    stand_in: StandIn

    def run(self, manners: Collection[Manner] = tuple(Manner)) -> Evidence:
        """All jobs at once, since each is mostly waiting, and looked back on when all are over: a slow backend's job that should
        have stopped has as long to show that it goes on as the longest job takes."""
        with ThreadPoolExecutor(len(Manner) + 1) as stage:
            playing = {manner: stage.submit(self._play, manner) for manner in manners}
            bad_input = stage.submit(self._ask_for_nonsense)
            nobody = new_job_id()
            over = {manner: playing[manner].result() for manner in manners}
            looking = {manner: stage.submit(self._look_back, *over[manner]) for manner in manners}
            return Evidence(
                backend_url=self.backend_url,
                storage_url=self.stand_in.url,
                key=self.key,
                secret=self.secret,
                played={manner: looking[manner].result() for manner in manners},
                without_key=self._ask_with_a_wrong_key() if self.key else None,
                bad_input=bad_input.result()[0],
                bad_input_reports=bad_input.result()[1],
                unknown_status=_timed(lambda: self._backend().status(nobody)),
                unknown_result=_timed(lambda: self._backend().result(nobody)),
                strays=self.stand_in.strays,
            )

    def _play(self, manner: Manner) -> tuple[Record, list[Answer]]:
        record = self.stand_in.expect(self._job(manner), manner)
        submits = self._submit_often(record) if manner is Manner.TAKES else [self._submit_patiently(record.job)]
        if any(submit.is_ok for submit in submits):
            self._see_it_end(record)
            if manner is Manner.TAKES:
                submits.append(self._submit(record.job))
                record.wait_for_quiet(self.patience.quiet, self.patience.job)
        return record, submits

    def _look_back(self, record: Record, submits: list[Answer]) -> Played:
        """The reports before the status: what comes in between must not make a liar of the backend."""
        with record.news:
            reports, files = list(record.reports), list(record.files)
        job_id = record.job.job_id
        status, result = _timed(lambda: self._backend().status(job_id)), _timed(lambda: self._backend().result(job_id))
        return Played(record.job, submits, reports, files, status, result)

    def _submit_often(self, record: Record) -> list[Answer]:
        with ThreadPoolExecutor(ASKS_AT_ONCE) as callers:
            return list(callers.map(lambda _: self._submit_patiently(record.job), range(ASKS_AT_ONCE)))

    def _submit_patiently(self, job: Job) -> Answer:
        """A backend that is busy is asked again, as the service does."""
        until = time.monotonic() + self.patience.job
        while (answer := self._submit(job)).status in _BUSY and time.monotonic() < until:
            time.sleep(_PAUSE_WHEN_BUSY)
        return answer

    def _see_it_end(self, record: Record) -> None:
        patience = self.patience
        if record.manner is Manner.CANCELS:
            if record.wait_for(lambda seen: bool(seen.reports), patience.job):
                record.wait_for_quiet(patience.quiet, patience.job)
            return
        if not record.wait_for(lambda seen: bool(seen.outcomes()), patience.job):
            return
        if record.manner in {Manner.REFUSES, Manner.FORGETS}:
            record.wait_for_quiet(patience.quiet, patience.retry)
        else:
            tries = {Manner.DROPS: 2, Manner.UNAVAILABLE: 3}.get(record.manner, 1)
            record.wait_for(lambda seen: len(seen.outcomes()) >= tries, patience.retry)

    def _ask_with_a_wrong_key(self) -> Answer:
        return self._submit(self.stand_in.expect(self._job(Manner.FORGETS), Manner.TAKES).job, self._backend(f"not-{self.key}"))

    def _ask_for_nonsense(self) -> tuple[Answer, list[Heard]]:
        job = self._job(Manner.REFUSES)
        record = self.stand_in.expect(job, Manner.TAKES)
        answer = self._submit(job, num_images=0, size="1x1", prompt="")
        if answer.is_ok:
            record.wait_for(lambda seen: bool(seen.outcomes()), min(self.patience.job, self.patience.retry))
        return answer, record.outcomes()

    def _submit(self, job: Job, backend: Backend | None = None, **changes: Any) -> Answer:
        slots = self.stand_in.slots(job)
        body = backend_request(job, webhook_url=self.stand_in.webhook_url(job), slots=slots, input_image_url=None)

        def submit() -> dict[str, Any]:
            (backend or self._backend()).submit(job.job_id, body | changes)
            return {}

        return _timed(submit)

    def _job(self, manner: Manner) -> Job:
        count, image_format = _ORDERS[manner]
        order = Order(
            prompt=self.prompt,
            num_images=count,
            size="512x512",
            format=image_format,
            style="illustration",
            quality="standard",
        )
        at = now()
        return Job(
            job_id=new_job_id(),
            user_id="user_check",
            order=order,
            state=State.PENDING,
            progress=0,
            message="",
            created_at=at,
            updated_at=at,
        )

    def _backend(self, key: str | None = None) -> Backend:
        return Backend(self.backend_url, lambda: self.key if key is None else key, session())


def _timed(ask: Callable[[], dict[str, Any] | None]) -> Answer:
    """None from the client means 404."""
    began = time.monotonic()
    try:
        content = ask()
    except BackendRejected as refusal:
        return Answer(refusal.status, time.monotonic() - began, trouble=refusal.reason or "")
    except BackendUnavailable as error:
        return Answer(error.status, time.monotonic() - began, trouble=str(error))
    seconds = time.monotonic() - began
    return Answer(404, seconds) if content is None else Answer(_ACCEPTED, seconds, content)
