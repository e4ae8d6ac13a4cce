"""The jobs table: the only module that calls it. One conditional write per event, one read per question."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sorami.copies import CopyResult, condition_of_copies, update_of_copies
from sorami.dynamo import ConditionFailed, store_errors
from sorami.errors import JobNotFound, StoreUnavailable
from sorami.items import from_item, job_from_item, job_from_values, job_to_item, to_item
from sorami.jobs import Job, JobEvent
from sorami.moves import Expression, condition_of, update_of
from sorami.times import iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

BY_USER = "by_user"
OPEN = "open"
FINISHED = "finished"

_BATCH_GET_LIMIT = 100  # keys in one BatchGetItem (DynamoDB service quotas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an event. `job` is the job as it stands now: changed if `applied`, else as it was."""

    applied: bool
    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some jobs, newest first, and where the next page begins (None: there is none). The last page may turn out empty."""

    jobs: tuple[Job, ...]
    next_key: Mapping[str, str] | None


class JobStore:
    """Jobs in DynamoDB. Every method raises StoreUnavailable when DynamoDB cannot be reached or throttles."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def create(self, job: Job) -> Job:
        """Writes the job unless its id is taken. Returns the job that stands under the id: this one, or the one before it."""
        try:
            with store_errors():
                self._client.put_item(
                    TableName=self._table,
                    Item=job_to_item(job),
                    ConditionExpression="attribute_not_exists(job_id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionFailed as failure:
            return job_from_item(failure.old_item)
        return job

    def get(self, job_id: str) -> Job:
        """Raises JobNotFound."""
        with store_errors():
            answer = self._client.get_item(TableName=self._table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)
        if "Item" not in answer:
            raise JobNotFound(job_id)
        return job_from_item(answer["Item"])

    def apply(self, job_id: str, event: JobEvent, at: datetime) -> Outcome:
        """Applies the event in one conditional write, if `jobs.TRANSITIONS` allows it. Raises JobNotFound.

        A failed condition returns the old item, which tells an unknown job from a duplicate or late event without a read.
        """
        writer = _new_writer()
        try:
            job = self._update(job_id, condition_of(event), update_of(event, at, writer=writer))
        except ConditionFailed as failure:
            return Outcome(applied=_is_own_write(failure, writer), job=job_from_item(failure.old_item))
        return Outcome(applied=True, job=job)

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
            if not failure.old_item:
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

    def claim(self, job: Job, *, next_look: datetime) -> bool:
        """Takes a due job in hand until `next_look`: of all who saw the same `due_at`, one gets True."""
        return self._set_due(job, next_look, looks=job.looks + 1)

    def put_off(self, job: Job, *, next_look: datetime) -> bool:
        """As `claim`, for a job that was heard from lately: nothing is done about it."""
        return self._set_due(job, next_look, looks=job.looks)

    def _set_due(self, job: Job, next_look: datetime, *, looks: int) -> bool:
        writer = _new_writer()
        try:
            with store_errors():
                self._client.update_item(
                    TableName=self._table,
                    Key={"job_id": {"S": job.job_id}},
                    UpdateExpression="SET due_at = :next, writer = :writer, looks = :looks",
                    # A finished job has no due_at, so it can't be claimed either.
                    ConditionExpression="due_at = :seen",
                    ExpressionAttributeValues=to_item(
                        {":next": next_look, ":writer": writer, ":looks": looks, ":seen": job.due_at}
                    ),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionFailed as failure:
            return _is_own_write(failure, writer)
        return True

    def completed_by(self, user_id: str, *, limit: int, start: Mapping[str, str] | None = None) -> Page:
        """The user's completed jobs, newest first, as much of them as a gallery shows: one Query on the sparse index."""
        values, next_key = self._query(FINISHED, "gallery_user", user_id, limit, start)
        return Page(jobs=tuple(_card_to_job(card, user_id) for card in values), next_key=next_key)

    def all_by(self, user_id: str, *, limit: int, start: Mapping[str, str] | None = None) -> Page:
        """The user's jobs in every state, newest first: one Query for the keys and one BatchGetItem."""
        values, next_key = self._query(BY_USER, "user_id", user_id, limit, start)
        jobs = self._get_many([value["job_id"] for value in values])
        return Page(jobs=tuple(jobs[value["job_id"]] for value in values if value["job_id"] in jobs), next_key=next_key)

    def key_after(self, job: Job) -> Mapping[str, str]:
        """Where the user's jobs go on after this one, in `all_by`."""
        return {"user_id": job.user_id, "created_at": iso(job.created_at), "job_id": job.job_id}

    def skip_completed(self, user_id: str, count: int) -> Mapping[str, str] | None:
        """The key after the user's newest `count` completed jobs; None if there are no more than that."""
        return self._skip(FINISHED, "gallery_user", user_id, count)

    def skip_all(self, user_id: str, count: int) -> Mapping[str, str] | None:
        """As `skip_completed`, over the user's jobs in every state."""
        return self._skip(BY_USER, "user_id", user_id, count)

    def _skip(self, index: str, hash_key: str, user_id: str, count: int) -> Mapping[str, str] | None:
        start: Mapping[str, str] | None = None
        while count > 0:
            values, start = self._query(index, hash_key, user_id, count, start)
            if start is None:
                return None
            count -= len(values)
        return start

    def _query(
        self, index: str, hash_key: str, user_id: str, limit: int, start: Mapping[str, str] | None
    ) -> tuple[list[dict[str, Any]], Mapping[str, str] | None]:
        arguments: dict[str, Any] = {"ExclusiveStartKey": to_item(start)} if start else {}
        with store_errors():
            answer: QueryOutputTypeDef = self._client.query(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression="#user = :user",
                ExpressionAttributeNames={"#user": hash_key},
                ExpressionAttributeValues={":user": {"S": user_id}},
                ScanIndexForward=False,
                Limit=limit,
                **arguments,
            )
        last = answer.get("LastEvaluatedKey")
        return [from_item(item) for item in answer["Items"]], from_item(last) if last else None

    def _get_many(self, job_ids: Sequence[str]) -> dict[str, Job]:
        found: dict[str, Job] = {}
        pending = list(job_ids)
        while pending:
            batch, pending = pending[:_BATCH_GET_LIMIT], pending[_BATCH_GET_LIMIT:]
            with store_errors():
                answer = self._client.batch_get_item(
                    RequestItems={self._table: {"Keys": [{"job_id": {"S": job_id}} for job_id in batch]}}
                )
            found |= {job.job_id: job for job in map(job_from_item, answer["Responses"].get(self._table, []))}
            unprocessed = answer["UnprocessedKeys"].get(self._table, {"Keys": []})["Keys"]
            if len(unprocessed) == len(batch):
                raise StoreUnavailable("BatchGetItem returned nothing")
            pending += [from_item(key)["job_id"] for key in unprocessed]
        return found


def _new_writer() -> str:
    return secrets.token_hex(8)


def _is_own_write(failure: ConditionFailed, writer: str) -> bool:
    """Whether the item stands as this very call wrote it: the answer was lost, and the SDK's retry met its own write."""
    return bool(failure.old_item) and from_item(failure.old_item).get("writer") == writer


def _card_to_job(card: Mapping[str, Any], user_id: str) -> Job:
    """A job from the `finished` index, which projects only what a gallery shows (template.yaml)."""
    unshown = dict.fromkeys(("message", "size", "format", "style", "quality"), "")
    constant = {"user_id": user_id, "status": "COMPLETED", "progress": 100, "version": 0}
    times = {"updated_at": card["completed_at"], "finished_at": card["completed_at"]}
    return job_from_values({**unshown, **constant, **times, **card})
