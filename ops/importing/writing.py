"""Writes what was planned, once: a job or a notification that is there stays as it is, a deleted job stays deleted."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.importing.files import upload
from ops.importing.history import Planned
from ops.importing.reporting import Fate
from ops.importing.values import Unusable
from sorami.errors import FilesUnavailable, JobDeleted, JobNotFound, ServiceError, StoreUnavailable
from sorami.feed import Feed, Notification
from sorami.jobs import Job
from sorami.store import JobStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TRIES: Final = 8
"""Of one write while DynamoDB or S3 throttles or is away; the waits between them add up to about a minute."""
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """What writing needs from the outside. Its methods may be called by many threads at once.

    They raise Unusable for what can never be written, and StoreUnavailable or FilesUnavailable when all tries were in vain.
    """

    jobs: JobStore
    feed: Feed
    s3: "S3Client"
    sleep: Callable[[float], None] = time.sleep

    def write_job(self, planned: Planned) -> Fate:
        return self._patiently(lambda: self._write_job(planned))

    def write_notification(self, notification: Notification) -> Fate:
        return self._patiently(lambda: Fate.WRITTEN if self.feed.add(notification) else Fate.THERE)

    def _write_job(self, planned: Planned) -> Fate:
        job = planned.job
        try:
            if planned.uploads and (standing := self._standing(job.job_id)) is not None:
                return _met(job, standing)  # a job that is there needs no files, and one that was deleted must get none
            for one in planned.uploads:
                upload(self.s3, one)
            outcome = self.jobs.create(job)
        except JobDeleted as error:
            raise Unusable("deleted", "the job was imported and then deleted by its owner") from error
        return Fate.WRITTEN if outcome.applied else _met(job, outcome.job)

    def _standing(self, job_id: str) -> Job | None:
        try:
            return self.jobs.get_or_deleted(job_id)
        except JobNotFound:
            return None

    def _patiently(self, write: Callable[[], Fate]) -> Fate:
        for tried in range(1, TRIES + 1):
            try:
                return _translated(write)
            except (StoreUnavailable, FilesUnavailable):
                if tried == TRIES:
                    raise
                longest = min(_FIRST_WAIT * 2**tried, _LONGEST_WAIT)
                self.sleep(random.uniform(longest / 2, longest))  # noqa: S311  # so that the workers do not come back at once
        raise AssertionError("unreachable")


def _met(job: Job, standing: Job) -> Fate:
    """A job of the service's own is never touched, nor taken for the row's."""
    if standing.imported and standing.user_id == job.user_id:
        return Fate.THERE
    raise Unusable("id_taken", f"{job.job_id} is another job here")


def _translated(write: Callable[[], Fate]) -> Fate:
    """What the SDK says, in terms of what can be done about it."""
    try:
        return write()
    except (Unusable, ServiceError):
        raise
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":
            raise Unusable("cannot_be_stored", error.response["Error"]["Message"]) from error
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in {429, 500, 502, 503, 504}:
            raise FilesUnavailable(error.response["Error"]["Code"]) from error
        raise
    except BotoCoreError as error:
        raise FilesUnavailable(type(error).__name__) from error
    except (TypeError, ValueError) as error:  # such as a number of 40 digits, which DynamoDB has not
        raise Unusable("cannot_be_stored", f"{type(error).__name__}: {error}") from error
