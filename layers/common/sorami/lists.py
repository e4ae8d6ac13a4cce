"""A user's jobs, page after page: the reads of the jobs table that lists are made of."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sorami.dynamo import store_errors
from sorami.errors import StoreUnavailable
from sorami.items import from_item, job_from_item, job_from_values, to_item
from sorami.jobs import Job
from sorami.times import iso
from sorami.tombstones import is_tombstone
from sorami.values import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

BY_USER = "by_user"
OPEN = "open"
FINISHED = "finished"

_BATCH_GET_LIMIT = 100  # keys in one BatchGetItem (DynamoDB service quotas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some jobs, newest first, and where the next page begins (None: there is none). The last page may turn out empty."""

    jobs: tuple[Job, ...]
    next_key: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJobs:
    """`are_all`: whether the user has no further open ones."""

    jobs: tuple[Job, ...]
    are_all: bool


class JobLists:
    """The part of the store that lists. Every method raises StoreUnavailable when DynamoDB cannot be reached or throttles."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def count_open(self, user_id: str, *, at_most: int) -> int:
        """How many jobs of the user are open, counted no further than `at_most`; perhaps a little out of date."""
        with store_errors():
            answer = self._client.query(
                TableName=self._table,
                IndexName=OPEN,
                KeyConditionExpression="open_user = :user",
                ExpressionAttributeValues={":user": {"S": user_id}},
                Select="COUNT",
                Limit=at_most,
            )
        return answer["Count"]

    def completed_by(self, user_id: str, *, limit: int, start: Mapping[str, str] | None = None) -> Page:
        """The user's completed jobs, newest first, as much of them as a gallery shows: one Query on the sparse index."""
        values, next_key = self._query(FINISHED, "gallery_user", user_id, limit, start)
        return Page(jobs=tuple(_card_to_job(card, user_id) for card in values), next_key=next_key)

    def all_by(self, user_id: str, *, limit: int, start: Mapping[str, str] | None = None) -> Page:
        """The user's jobs in every state, newest first: one Query for the keys and one BatchGetItem."""
        values, next_key = self._query(BY_USER, "user_id", user_id, limit, start)
        jobs = self.get_many([value["job_id"] for value in values])
        return Page(jobs=tuple(jobs[value["job_id"]] for value in values if value["job_id"] in jobs), next_key=next_key)

    def open_of(self, user_id: str, *, limit: int, also: Sequence[str] = ()) -> OpenJobs:
        """The user's open jobs, and those named in `also` that are the user's, as they stand now; newest first.

        The index may be a moment late; the jobs themselves are read consistently, so one that has just ended shows its end.
        """
        with store_errors():
            answer = self._client.query(
                TableName=self._table,
                IndexName=OPEN,
                KeyConditionExpression="open_user = :user",
                ExpressionAttributeValues={":user": {"S": user_id}},
                Limit=limit + 1,  # whether there is one more
            )
        wanted = dict.fromkeys([*also, *(from_item(item)["job_id"] for item in answer["Items"][:limit])])
        jobs = self.get_many(list(wanted), consistent=True).values()
        own = sorted((job for job in jobs if job.user_id == user_id), key=lambda job: job.created_at, reverse=True)
        return OpenJobs(jobs=tuple(own), are_all=len(answer["Items"]) <= limit)

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

    def get_many(self, job_ids: Sequence[str], *, consistent: bool = False) -> dict[str, Job]:
        """Those of the jobs that there are, by id."""
        found: dict[str, Job] = {}
        pending = list(job_ids)
        while pending:
            batch, pending = pending[:_BATCH_GET_LIMIT], pending[_BATCH_GET_LIMIT:]
            with store_errors():
                keys = [{"job_id": {"S": job_id}} for job_id in batch]
                answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": consistent}})
            items = answer["Responses"].get(self._table, [])
            found |= {job.job_id: job for job in (job_from_item(item) for item in items if not is_tombstone(item))}
            unprocessed = answer["UnprocessedKeys"].get(self._table, {"Keys": []})["Keys"]
            if len(unprocessed) == len(batch):
                raise StoreUnavailable("BatchGetItem returned nothing")
            pending += [from_item(key)["job_id"] for key in unprocessed]
        return found


def _card_to_job(card: Mapping[str, Any], user_id: str) -> Job:
    """A job from the `finished` index, which projects only what a gallery shows (template.yaml)."""
    unshown = dict.fromkeys(("message", "size", "format", "style", "quality"), "")
    constant = {"user_id": user_id, "status": "COMPLETED", "progress": 100, "version": 0}
    times = {"updated_at": card["completed_at"], "finished_at": card["completed_at"]}
    return job_from_values({**unshown, **constant, **times, **card})
