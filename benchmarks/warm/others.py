"""The functions beside the main road, each with the bare calls that its handler makes: discard, live, ingest."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

import requests

import discard.app
import ingest.app
import live.app
from benchmarks.warm.backend import PICTURE
from benchmarks.warm.calls import Pair, ok, update_job
from sorami.clients import client
from sorami.copies import Copied, condition_of_copies, update_of_copies
from sorami.items import to_item
from sorami.jobs import BackendFile, Cancelled, Completed, Image, Job, S3Ref, pending_copies
from sorami.moves import condition_of, update_of
from sorami.store import JobStore
from sorami.tickets import Tickets
from sorami.times import now
from tests.support.engines import JOBS, NOTIFICATIONS
from tests.support.gateway import FakeContext, request
from tests.support.samples import METADATA, NOON, new_user, pending_job
from tests.support.stream import record

BUCKET = "images"
_SIZE = len(PICTURE)
_numbers = count()


def other_pairs(backend: str) -> list[Pair]:
    dynamodb = client("dynamodb")
    store = JobStore(dynamodb, JOBS)
    tickets = Tickets(dynamodb, NOTIFICATIONS)
    context: Any = FakeContext(milliseconds_left=100_000)
    return [
        Pair(
            "discard (cancel)",
            lambda: _new_job(store),
            lambda job: ok(
                discard.app.handler(request("POST /api/images/{id}/cancel", user=job.user_id, path={"id": job.job_id}), context)
            ),
            _cancel,
        ),
        Pair(
            "live (ticket)",
            new_user,
            lambda user: ok(live.app.handler(request("POST /api/notifications/ticket", user=user), context)),
            lambda user: _put({"user_id": f"ticket#{next(_numbers)}", "sort": "TICKET", "owner": user, "expires_at": 1}),
        ),
        Pair(
            "live (connect)",
            lambda: tickets.issue(new_user(), now()).text,
            lambda ticket: ok(live.app.handler(_connecting(ticket), context)),
            _connect,
        ),
        Pair(
            "ingest (an image)",
            lambda: _reported(store, backend),
            lambda job: _copied(ingest.app.handler({"Records": [record({"job_id": {"S": job.job_id}})]}, context)),
            _copy(requests.Session()),
        ),
    ]


def _new_job(store: JobStore) -> Job:
    return store.create(pending_job(user_id=new_user(), due_at=now() + timedelta(days=1))).job


def _cancel(job: Job) -> None:
    event = Cancelled(by=job.user_id, message="Génération annulée")
    update_job(job.job_id, condition_of(event), update_of(event, now(), writer="x"))


def _put(row: Mapping[str, Any]) -> None:
    client("dynamodb").put_item(TableName=NOTIFICATIONS, Item=to_item(row))


def _connecting(ticket: str) -> dict[str, Any]:
    said = {"connectionId": f"connection_{next(_numbers)}", "eventType": "CONNECT", "routeKey": "$connect"}
    return {"requestContext": said, "queryStringParameters": {"ticket": ticket}}


def _connect(ticket: str) -> None:
    """Takes a ticket (one that is not there, which costs the same), writes two rows, counts the user's connections."""
    client("dynamodb").delete_item(
        TableName=NOTIFICATIONS,
        Key=to_item({"user_id": f"ticket#{ticket}", "sort": "TICKET"}),
        ReturnValues="ALL_OLD",
    )
    user, said = f"bare_{next(_numbers)}", {"connected_at": now(), "expires_at": 2_000_000_000}
    _put({"user_id": f"connection#{user}", "sort": "OWNER", "owner": user, **said})
    _put({"user_id": user, "sort": "CONNECTION#x", **said})
    client("dynamodb").query(
        TableName=NOTIFICATIONS,
        KeyConditionExpression="user_id = :user AND begins_with(sort, :prefix)",
        ExpressionAttributeValues=to_item({":user": user, ":prefix": "CONNECTION#"}),
        ConsistentRead=True,
    )


def _reported(store: JobStore, backend: str) -> Job:
    """A result of one image, whose file lies on the backend's host."""
    job = _new_job(store)
    file = BackendFile(url=f"{backend}/files/image_1.png")
    image = Image(location=file, file_path="image_1.png", format="PNG", width=512, height=512)
    event = Completed(images=(image,), generated_at=NOON, message="Une image", metadata=METADATA)
    return store.apply(job.job_id, event, now()).job


def _copy(http: requests.Session) -> Any:
    def copy(job: Job) -> None:
        client("dynamodb").get_item(TableName=JOBS, Key={"job_id": {"S": job.job_id}}, ConsistentRead=True)
        content = http.get(pending_copies(job.images)[1].url, timeout=5).content
        key = f"images/{job.job_id}/image_1.png"
        client("s3").put_object(Bucket=BUCKET, Key=key, Body=content, ContentType="image/png")
        results = {1: Copied(location=S3Ref(bucket=BUCKET, key=key), size_bytes=_SIZE)}
        update_job(job.job_id, condition_of_copies(job, results), update_of_copies(job, results))

    return copy


def _copied(answer: Any) -> None:
    if answer != {"batchItemFailures": []}:
        raise RuntimeError(f"not copied: {answer}")
