"""What can go wrong, in the terms of this service. Adapters raise these; `problems` gives each its HTTP status.

ServiceError
├── InvalidRequest          the caller's input, every fault named at once
│   ├── InvalidCursor
│   └── InvalidIdempotencyKey
├── Unauthorized            who is it?
├── NotFound                unknown, or not the caller's: no difference
│   ├── JobNotFound
│   └── NotificationNotFound
├── JobNotFinished          a result is asked for too early
├── ResultExpired           … or too late
├── JobAlreadyFinished      cancelled too late
├── JobStillOpen            deleted too early
├── JobDeleted              an Idempotency-Key whose job is gone
├── IdempotencyKeyReused    … or which came with another request before
├── TooManyOpenJobs         for this user, for now
├── PayloadTooLarge
├── BackendRejected         the backend refused this job for good
├── BackendUnavailable      the backend may take it later
├── StoreUnavailable        DynamoDB: try again
├── FilesUnavailable        S3: try again
├── SecretUnavailable       Secrets Manager: try again
└── ConfigurationError      an operator has to act
"""

from collections.abc import Mapping, Sequence

from sorami.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with the input. `pointer` is a JSON pointer as a URI fragment (RFC 6901), `detail` a text for people."""

    pointer: str
    detail: str


class ServiceError(Exception):
    """Base of all. `code` is stable: clients branch on it."""

    code = "internal"

    def extra(self) -> dict[str, object]:
        """Further members of the problem document."""
        return {}

    def headers(self) -> dict[str, str]:
        """Headers of the answer."""
        return {}


class InvalidRequest(ServiceError):
    code = "invalid_request"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} fault(s)")
        self.faults = tuple(faults)

    def extra(self) -> dict[str, object]:
        return {"errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in self.faults]}


class InvalidCursor(InvalidRequest):
    code = "invalid_cursor"


class InvalidIdempotencyKey(InvalidRequest):
    code = "invalid_idempotency_key"


class Unauthorized(ServiceError):
    code = "unauthorized"


class NotFound(ServiceError):
    code = "not_found"


class JobNotFound(NotFound):
    code = "job_not_found"


class NotificationNotFound(NotFound):
    code = "notification_not_found"


class _StandingInTheWay(Exception):
    """The job is in a state in which this cannot be done with it."""

    def __init__(self, *, job_id: str, state: str, progress: int) -> None:
        super().__init__(f"{job_id} is {state}")
        self.job_id, self.state, self.progress = job_id, state, progress

    def extra(self) -> dict[str, object]:
        # Here `status` is the job's state, not the HTTP status: the frontends read it so (docs/api.md, "Get the result").
        return {"job_id": self.job_id, "status": self.state, "progress": self.progress}


class JobNotFinished(_StandingInTheWay, ServiceError):
    """The job has no result: not yet, or (`is_over`) never."""

    code = "job_not_finished"

    def __init__(self, *, job_id: str, state: str, progress: int, is_over: bool) -> None:
        super().__init__(job_id=job_id, state=state, progress=progress)
        self.is_over = is_over


class JobAlreadyFinished(_StandingInTheWay, ServiceError):
    code = "job_already_finished"


class JobStillOpen(_StandingInTheWay, ServiceError):
    code = "job_still_open"


class JobDeleted(ServiceError):
    """A job was begun with this key and is deleted now. `was_refused`: by the backend, so that the key is free all the same."""

    code = "job_deleted"

    def __init__(self, job_id: str, *, was_refused: bool = False) -> None:
        super().__init__(job_id)
        self.was_refused = was_refused


class IdempotencyKeyReused(ServiceError):
    code = "idempotency_key_reused"


class TooManyOpenJobs(ServiceError):
    """The user has to wait until one of the open jobs ends. `headers` say of which limit this speaks."""

    code = "too_many_open_jobs"

    def __init__(self, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self._headers = dict(headers or {})

    def headers(self) -> dict[str, str]:
        return self._headers


class ResultExpired(ServiceError):
    code = "result_expired"


class PayloadTooLarge(ServiceError):
    code = "payload_too_large"


class BackendRejected(ServiceError):
    """The backend's definite refusal. `reason` is its own text for the user, if it gave one; `status` is None where it is not
    asked any more, having refused this so often."""

    code = "backend_rejected"

    def __init__(self, *, status: int | None, reason: str | None = None, job_id: str | None = None) -> None:
        super().__init__(f"the backend answered {status}")
        self.status, self.reason, self.job_id = status, reason, job_id

    def extra(self) -> dict[str, object]:
        return {"job_id": self.job_id}


MISCONFIGURED = frozenset({401, 403, 404})
"""What says nothing of the request, but that somebody has set a key or an address wrongly: an alarm rings."""


class BackendUnavailable(ServiceError):
    """No answer, or one that says nothing of this job. `status` is None where there was none."""

    code = "backend_unavailable"

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class StoreUnavailable(ServiceError):
    code = "store_unavailable"


class FilesUnavailable(ServiceError):
    code = "files_unavailable"


class SecretUnavailable(ServiceError):
    code = "secret_unavailable"


class ConfigurationError(ServiceError):
    code = "misconfigured"
