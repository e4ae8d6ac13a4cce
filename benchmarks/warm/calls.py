"""Calls of the main road as they come, and beside each the bare calls that its handler makes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import requests

import generate.app
import notify.app
import query.app
import reconcile.app
import webhook.app
from local.aws import Clients
from local.environment import REGION
from reconcile.sweep import SEGMENTS
from sorami.clients import client
from sorami.items import job_to_item, to_item
from sorami.jobs import Progressed, State
from sorami.moves import Expression, condition_of, update_of
from sorami.store import JobStore
from sorami.times import now
from tests.support.engines import JOBS, NOTIFICATIONS
from tests.support.gateway import FakeContext, request
from tests.support.samples import completed, new_user, pending_job, progress_body
from tests.support.stream import record

SECRET = {"webhook_secret": "the-secret", "webhook_secret_previous": "", "backend_api_key": "the-key", "key": "the-cursor-key"}
_BODY = {"prompt": "un chat astronaute dans une forêt de nuages", "num_images": 2, "size": "1024x1024", "format": "PNG"}


@dataclass(frozen=True)
class Pair:
    """`prepare` makes what one call is about, unmeasured; `ours` is the handler's call, `bare` the same by boto3 alone."""

    name: str
    prepare: Callable[[], Any]
    ours: Callable[[Any], object]
    bare: Callable[[Any], object]


def pairs(topic: str, backend: str) -> list[Pair]:
    dynamodb, sns = client("dynamodb"), client("sns")
    store = JobStore(dynamodb, JOBS)
    http = requests.Session()
    context: Any = FakeContext(milliseconds_left=100_000)
    numbers = count()

    def new_job() -> Any:
        job = pending_job(user_id=new_user(), due_at=now() + timedelta(days=1))
        return store.create(job).job

    def finished() -> Any:
        job = new_job()
        store.apply(job.job_id, completed(job.job_id), now())
        return {"Records": [record(dynamodb.get_item(TableName=JOBS, Key={"job_id": {"S": job.job_id}})["Item"])]}

    def order() -> Any:
        job = pending_job(user_id=new_user())
        return job.user_id, job_to_item(job)

    def put(about: Any) -> None:
        user, item = about
        _count_open(dynamodb, user)
        dynamodb.put_item(TableName=JOBS, Item=item, ConditionExpression="attribute_not_exists(job_id)")
        http.post(f"{backend}/api/images/generate", json=_BODY, timeout=5)

    def update(job: Any) -> None:
        event = Progressed(state=State.GENERATING, progress=60, message="Presque")
        update_job(job.job_id, condition_of(event), update_of(event, now(), writer="x"))

    def told(event: Any) -> None:
        image = event["Records"][0]["dynamodb"]["NewImage"]
        item = {"user_id": image["user_id"], "sort": {"S": f"x{next(numbers)}"}, "message": image["message"]}
        dynamodb.put_item(TableName=NOTIFICATIONS, Item=item, ConditionExpression="attribute_not_exists(sort)")
        sns.publish(TopicArn=topic, Message=json.dumps(image)[:600])
        values = {":user": image["user_id"], ":under": {"S": "CONNECTION#"}}
        condition = "user_id = :user AND begins_with(sort, :under)"
        dynamodb.query(
            TableName=NOTIFICATIONS, KeyConditionExpression=condition, ExpressionAttributeValues=values, ConsistentRead=True
        )

    headers = {"x-webhook-secret": SECRET["webhook_secret"]}
    return [
        Pair(
            "generate",
            order,
            lambda about: ok(generate.app.handler(request("POST /api/images/generate", user=about[0], body=_BODY), context)),
            put,
        ),
        Pair(
            "webhook",
            new_job,
            lambda job: ok(
                webhook.app.handler(
                    request("POST /api/webhooks/image-completion", body=progress_body(job.job_id), headers=headers), context
                )
            ),
            update,
        ),
        Pair(
            "query (status)",
            new_job,
            lambda job: ok(
                query.app.handler(request("GET /api/images/{id}/status", user=job.user_id, path={"id": job.job_id}), context)
            ),
            lambda job: dynamodb.get_item(TableName=JOBS, Key={"job_id": {"S": job.job_id}}, ConsistentRead=True),
        ),
        Pair("notify", finished, partial(_handled, notify.app.handler, context), told),
        Pair("reconcile (nothing due)", dict, lambda event: reconcile.app.handler(event, context), lambda _: _scan(dynamodb)),
    ]


def _handled(handler: Callable[..., Any], context: FakeContext, event: Any) -> None:
    answer = handler(event, context)
    if answer != {"batchItemFailures": []}:
        raise RuntimeError(f"not told: {answer}")


def _count_open(dynamodb: Any, user: str) -> None:
    values = {":user": {"S": user}}
    dynamodb.query(
        TableName=JOBS,
        IndexName="open",
        KeyConditionExpression="open_user = :user",
        ExpressionAttributeValues=values,
        Select="COUNT",
        Limit=20,
    )


def _scan(dynamodb: Any) -> None:
    for segment in range(SEGMENTS):
        dynamodb.scan(
            TableName=JOBS,
            IndexName="open",
            FilterExpression="due_at <= :now",
            ExpressionAttributeValues=to_item({":now": now()}),
            ProjectionExpression="job_id",
            Segment=segment,
            TotalSegments=SEGMENTS,
        )


def update_job(job_id: str, condition: Expression, change: Expression) -> None:
    client("dynamodb").update_item(
        TableName=JOBS,
        Key={"job_id": {"S": job_id}},
        UpdateExpression=change.expression,
        ConditionExpression=condition.expression,
        ExpressionAttributeNames={**condition.names, **change.names},
        ExpressionAttributeValues=to_item({**condition.values, **change.values}),
        ReturnValues="ALL_NEW",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )


def ok(answer: dict[str, Any]) -> None:
    if answer["statusCode"] not in range(200, 300):
        raise RuntimeError(f"not served: {answer}")


def prepare_engine(clients: Clients) -> tuple[str, str]:
    """Makes the secret, the topic and the bucket; returns the secret's id and the topic's ARN."""
    clients.s3.create_bucket(Bucket="images", CreateBucketConfiguration={"LocationConstraint": REGION})
    secret = clients.secrets.create_secret(Name="bench", SecretString=json.dumps(SECRET))["ARN"]
    sns = clients.session.client("sns", endpoint_url=clients.endpoint_url)
    return secret, sns.create_topic(Name="bench")["TopicArn"]
