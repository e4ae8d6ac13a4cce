"""What becomes of a stream record: its owner is told, or it is left for another delivery, or parked if none can help."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sorami.errors import ServiceError
from sorami.observability import count, logger, name_job
from sorami.parking import ParkedRecord
from sorami.values import dataclass

_NOT_THE_RECORDS_FAULT = (ServiceError, BotoCoreError, ClientError, OSError, MemoryError)
"""AWS is down, throttles or denies, or a setting is missing: a later delivery may succeed, perhaps once an operator has acted."""


_REFUSED_FOR_GOOD = frozenset({"ValidationException", "InvalidParameter", "InvalidParameterValue"})
"""AWS takes no such row or message, such as one that is too long; asked again it would say the same."""


class OutOfTime(Exception):
    """Too little of the invocation is left to begin a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What delivering needs from the outside; `park` is None for a record that lies on the queue already."""

    tell: Callable[[Mapping[str, Any]], None]
    park: Callable[[ParkedRecord], None] | None
    has_time: Callable[[], bool]
    clock: Callable[[], datetime]
    request_id: str

    def deliver(self, record: dict[str, Any]) -> None:
        """Returns if the record is done with; whatever escapes means: deliver it again. So a record that could not be parked
        is not lost either."""
        _name_job_of(record)
        if not self.has_time():
            raise OutOfTime
        try:
            self.tell(record["dynamodb"])
        except Exception as error:
            if _may_pass(error):
                logger.warning("to be delivered again", extra={"reason": f"{type(error).__name__}: {error}"})
                count("RecordsToBeDeliveredAgain")
                raise
            logger.exception("no delivery can help this record")
            if self.park is None:
                raise
            self.park(self._parked(record, error))
            count("RecordsParked")

    def _parked(self, record: dict[str, Any], error: Exception) -> ParkedRecord:
        return ParkedRecord(
            record=record,
            job_id=_job_id_of(record),
            error_type=type(error).__name__,
            error=str(error),
            request_id=self.request_id,
            parked_at=self.clock(),
        )


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in _REFUSED_FOR_GOOD:
        return False
    return isinstance(error, _NOT_THE_RECORDS_FAULT)


def _job_id_of(record: Any) -> str | None:
    """The id in the record's key, if anything of the kind is there."""
    match record:
        case {"dynamodb": {"Keys": {"job_id": {"S": str(job_id)}}}}:
            return job_id
    return None


def _name_job_of(record: Any) -> None:
    if job_id := _job_id_of(record):
        name_job(job_id)
    else:  # the name in force is the last record's
        logger.thread_safe_clear_keys()
