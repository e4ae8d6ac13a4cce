"""The jobs table: the only module that calls it. One conditional write per event, one read per question."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sorami.copies import CopyResult, condition_of_copies, update_of_copies
from sorami.dynamo import ConditionFailed, store_errors
from sorami.errors import JobDeleted, JobNotFound
from sorami.items import from_item, job_from_item, job_to_item, to_item
from sorami.jobs import Job, JobEvent, is_job_id
from sorami.lists import OPEN, JobLists
from sorami.moves import Expression, condition_of, update_of
from sorami.tombstones import is_tombstone, tombstone_of, was_refused
from sorami.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an event. `job` is the job as it stands now: changed if `applied`, else as it was."""

    applied: bool
    job: Job


class JobStore(JobLists):
    """Jobs in DynamoDB. Every method raises StoreUnavailable when DynamoDB cannot be reached or throttles."""

    def create(self, job: Job) -> Outcome:
        """Writes the job unless its id is taken; then the outcome is the job that has it. Raises JobDeleted if that one was."""
        writer = _new_writer()
        try:
            with store_errors():
                self._client.put_item(
                    TableName=self._table,
                    Item=job_to_item(job) | to_item({"writer": writer}),
                    ConditionExpression="attribute_not_exists(job_id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionFailed as failure:
            if is_tombstone(failure.old_item):
                raise JobDeleted(job.job_id, was_refused=was_refused(failure.old_item)) from failure
            return Outcome(applied=_is_own_write(failure, writer), job=job_from_item(failure.old_item))
        return Outcome(applied=True, job=job)

    def get(self, job_id: str) -> Job:
        """Raises JobNotFound."""
        try:
            return self.get_or_deleted(job_id)
        except JobDeleted as deleted:
            raise JobNotFound(job_id) from deleted

    def get_or_deleted(self, job_id: str) -> Job:
        """As `get`, but raises JobDeleted for a job that was there and is known to be deleted."""
        with store_errors():
            item = self._client.get_item(TableName=self._table, Key={"job_id": {"S": job_id}}, ConsistentRead=True).get("Item")
        if item is None:
            raise JobNotFound(job_id)
        if is_tombstone(item):
            raise JobDeleted(job_id, was_refused=was_refused(item))
        return job_from_item(item)

    def get_own(self, job_id: str, user_id: str) -> Job:
        """Raises JobNotFound: for another's job as for one that never was."""
        if not is_job_id(job_id):
            raise JobNotFound(job_id)
        job = self.get(job_id)
        if job.user_id != user_id:
            raise JobNotFound(job_id)
        return job

    def apply(
        self,
        job_id: str,
        event: JobEvent,
        at: datetime,
        *,
        seen_version: int | None = None,
        claimed_until: datetime | None = None,
    ) -> Outcome:
        """Applies the event in one conditional write, if `jobs.TRANSITIONS` allows it, and, where a version is given, if nothing
        has happened to the job since; where the end of a claim is given, if no other has taken the job in hand. Raises
        JobNotFound.

        A failed condition returns the old item, which tells an unknown job from a duplicate or late event without a read.
        """
        writer = _new_writer()
        condition = condition_of(event, seen_version=seen_version, claimed_until=claimed_until)
        try:
            job = self._update(job_id, condition, update_of(event, at, writer=writer))
        except ConditionFailed as failure:
            return Outcome(applied=_is_own_write(failure, writer), job=job_from_item(failure.old_item))
        return Outcome(applied=True, job=job)

    def bury(self, job: Job, at: datetime) -> bool:
        """Puts a tombstone in the finished job's place if it stands as it was read; else returns False: look again.

        Raises JobNotFound if somebody else was faster.
        """
        writer = _new_writer()
        try:
            with store_errors():
                self._client.put_item(
                    TableName=self._table,
                    Item=tombstone_of(job, at) | to_item({"writer": writer}),
                    ConditionExpression="version = :seen",
                    ExpressionAttributeValues=to_item({":seen": job.version}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionFailed as failure:
            if _is_own_write(failure, writer):
                return True
            if not failure.old_item or is_tombstone(failure.old_item):
                raise JobNotFound(job.job_id) from failure
            return False
        return True

    def settle_copies(self, job: Job, results: Mapping[int, CopyResult]) -> Outcome:
        """Records what became of copying the job's images, by their number, if it stands as given. Raises JobNotFound."""
        try:
            settled = self._update(job.job_id, condition_of_copies(job, results), update_of_copies(job, results))
        except ConditionFailed as failure:
            return Outcome(applied=False, job=job_from_item(failure.old_item))
        return Outcome(applied=True, job=settled)

    def _update(self, job_id: str, condition: Expression, update: Expression) -> Job:
        """The job after the update. Raises JobNotFound, and ConditionFailed with the item that stands in the way."""
        try:
            with store_errors():
                answer = self._client.update_item(
                    TableName=self._table,
                    Key={"job_id": {"S": job_id}},
                    UpdateExpression=update.expression,
                    ConditionExpression=condition.expression,
                    ExpressionAttributeNames={**condition.names, **update.names},
                    ExpressionAttributeValues=to_item({**condition.values, **update.values}),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionFailed as failure:
            if not failure.old_item or is_tombstone(failure.old_item):
                raise JobNotFound(job_id) from failure
            raise
        return job_from_item(answer["Attributes"])

    def due_job_ids(self, at: datetime, *, segment: int, segments: int) -> Iterator[str]:
        """Ids of open jobs that are due, page after page of one segment of the sparse index; perhaps a little out of date."""
        arguments: dict[str, Any] = {}
        while True:
            with store_errors():
                answer = self._client.scan(
                    TableName=self._table,
                    IndexName=OPEN,
                    FilterExpression="due_at <= :now",
                    ExpressionAttributeValues=to_item({":now": at}),
                    ProjectionExpression="job_id",
                    Segment=segment,
                    TotalSegments=segments,
                    **arguments,
                )
            yield from (from_item(item)["job_id"] for item in answer["Items"])
            if not (last := answer.get("LastEvaluatedKey")):
                return
            arguments = {"ExclusiveStartKey": last}

    def claim(self, job: Job, *, at: datetime, next_look: datetime, despite_news: bool = False) -> bool:
        """Takes a due job in hand until `next_look`: of all who saw the same `due_at`, one gets True, and nobody if something has
        happened to the job since: the waiting that began anew then would be overwritten by the old one. `despite_news`: for a
        job that no news keep open any longer."""
        waiting = {"looks": job.looks + 1, "watched_since": job.watched_since or at}
        return self._set_due(job, next_look, waiting, seen={"due_at": job.due_at} if despite_news else _as_seen(job))

    def put_off(self, job: Job, *, next_look: datetime) -> bool:
        """For a job that was heard from lately: nothing is done about it. Of all who saw the same `due_at`, one gets True."""
        return self._set_due(job, next_look, {}, seen={"due_at": job.due_at})

    def bring_forward(self, job: Job, *, next_look: datetime) -> bool:
        """As `put_off`, to an earlier time: only while nothing has happened to the job since it was read."""
        return self._set_due(job, next_look, {}, seen=_as_seen(job))

    def note_answer(self, job: Job, *, at: datetime, next_look: datetime) -> bool:
        """Waiting begins anew for a job whose backend was asked and says that it is at work, unless something has happened to it
        since. Whoever has it in hand by now: no look that knows nothing of the answer may end it."""
        return self._set_due(job, next_look, {"answered_at": at}, removed="looks, watched_since", seen={"version": job.version})

    def _set_due(
        self, job: Job, next_look: datetime, changes: Mapping[str, Any], *, seen: Mapping[str, Any], removed: str = ""
    ) -> bool:
        """If the job stands as seen. A finished one never does: it has no `due_at`, and another version than when it was open."""
        writer = _new_writer()
        values = {"due_at": next_look, "writer": writer, **changes}
        assigned = ", ".join(f"{name} = :{name}" for name in values)
        try:
            with store_errors():
                self._client.update_item(
                    TableName=self._table,
                    Key={"job_id": {"S": job.job_id}},
                    UpdateExpression=f"SET {assigned}{f' REMOVE {removed}' if removed else ''}",
                    ConditionExpression=" AND ".join(f"{name} = :seen_{name}" for name in seen),
                    ExpressionAttributeValues=to_item(
                        {f":{name}": value for name, value in values.items()}
                        | {f":seen_{name}": value for name, value in seen.items()}
                    ),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionFailed as failure:
            return _is_own_write(failure, writer)
        return True


def _as_seen(job: Job) -> dict[str, Any]:
    return {"due_at": job.due_at, "version": job.version}


def _new_writer() -> str:
    return secrets.token_hex(8)


def _is_own_write(failure: ConditionFailed, writer: str) -> bool:
    """Whether the item stands as this very call wrote it: the answer was lost, and the SDK's retry met its own write."""
    return bool(failure.old_item) and from_item(failure.old_item).get("writer") == writer
