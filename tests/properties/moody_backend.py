"""A generation backend as the stories ask it, in memory: it may be away, refuse, lose its answers, or forget."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from sorami.errors import BackendRejected, BackendUnavailable
from tests.support.samples import completed_body, failed_body


class Mood(StrEnum):
    WELL = "well"
    DOWN = "down"
    REFUSES = "refuses"
    LOSES_ANSWERS = "loses its answers"
    KILLS_THE_CALLER = "the caller dies while asking"


class CallerDied(BaseException):
    """Our own function ended here: nothing of it goes on, nor catches this."""


class MoodyBackend:
    """`meanwhile` happens while it is asked for a status. It never takes a job that it has, or one that had ended before that."""

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        self.mood = Mood.WELL
        self.meanwhile: Callable[[str], object] | None = None
        self.works: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self._is_open = is_open
        self._ended_meanwhile = ""

    def submit(self, job_id: str, request: Mapping[str, Any]) -> None:
        assert request["job_id"] == job_id
        assert self._is_open(job_id) or job_id == self._ended_meanwhile, "an ended job was submitted"
        assert job_id not in self.works, "a job that is being worked on was submitted: its status had to be asked first"
        match self.mood:
            case Mood.DOWN:
                raise BackendUnavailable("down", status=503)
            case Mood.REFUSES:
                raise BackendRejected(status=422, reason="Non")
            case Mood.KILLS_THE_CALLER:
                raise CallerDied
        self.works[job_id] = {"status": "PENDING", "progress": 0, "message": "Reçu"}
        if self.mood is Mood.LOSES_ANSWERS:
            raise BackendUnavailable("ReadTimeout")

    def status(self, job_id: str) -> dict[str, Any] | None:
        self.asked += 1
        was_open = self._is_open(job_id)
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            meanwhile(job_id)
        self._ended_meanwhile = job_id if was_open and not self._is_open(job_id) else ""
        if self.mood is Mood.DOWN:
            raise BackendUnavailable("down", status=503)
        return self.works.get(job_id)

    def result(self, job_id: str) -> dict[str, Any] | None:
        return self.report(job_id)["data"] if job_id in self.works else None

    def goes_on(self, job_id: str, status: str, progress: int) -> None:
        """Its own states only rise, too."""
        work = self.works.get(job_id)
        if work and work["status"] not in {"COMPLETED", "FAILED"}:
            work |= {"status": status, "progress": max(progress, work["progress"]), "message": f"{status} {progress}"}
            if status == "FAILED":
                work |= {"error": "raté", "error_code": "internal"}

    def report(self, job_id: str) -> dict[str, Any]:
        """What it would send to the webhook now."""
        work = self.works[job_id]
        if work["status"] == "COMPLETED":
            return completed_body(job_id)
        if work["status"] == "FAILED":
            return failed_body(job_id, error_message=work["error"], error_code=work["error_code"])
        return {"job_id": job_id, "status": work["status"].lower(), "progress": work["progress"], "message": work["message"]}
