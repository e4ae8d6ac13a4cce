"""Every function on the bench: a new worker of it is asked, told or handed records, in the environment of the template."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import responses
from aws_lambda_powertools import Metrics

import discard.app
import generate.app
import ingest.app
import live.app
import notify.app
import reconcile.app
import reconcile.sweep
import webhook.app
from sorami import observability
from sorami.channel import ConnectionGone, NotSent
from sorami.connections import Connection, Connections
from sorami.jobs import Job, new_job_id
from sorami.store import JobStore
from sorami.tickets import Tickets
from sorami.times import now
from tests.support.backend_files import backend_image, completed_on_backend, serve
from tests.support.gateway import FakeContext, request
from tests.support.samples import new_user, pending_job
from tests.support.stack import BACKEND_URL, SECRETS, Stack
from tests.support.stream import record

WEBHOOK = "POST /api/webhooks/image-completion"
SUBMIT = f"{BACKEND_URL}/api/images/generate"


class Channel:
    """A gateway of live connections: by its name, one is gone, one does not answer, one is there."""

    def __init__(self, _client: Any) -> None: ...

    def post(self, connection_id: str, message: Any) -> None:
        if "gone" in connection_id:
            raise ConnectionGone
        if "deaf" in connection_id:
            raise NotSent("ReadTimeoutError")

    def hang_up(self, connection_id: str) -> None: ...


@dataclass
class Bench:
    """The functions, one at a time, in the environment that the template gives them."""

    stack: Stack
    deploy: Callable[..., None]
    http: responses.RequestsMock
    monkeypatch: pytest.MonkeyPatch

    def be(self, function: str, **parameters: str) -> None:
        """A new worker of the function; its metrics are set up as at import there."""
        self.deploy(f"{function.title()}Function", **parameters)
        self.monkeypatch.setattr(observability, "metrics", Metrics(namespace=os.environ["POWERTOOLS_METRICS_NAMESPACE"]))
        observability.metrics.provider.service = os.environ["POWERTOOLS_SERVICE_NAME"]
        observability.metrics.provider.dimension_set.clear()
        observability.metrics.clear_metrics()  # all instances of a process share them

    @property
    def store(self) -> JobStore:
        return JobStore(self.stack.dynamodb, self.stack.jobs_table)

    def job(self, **changes: Any) -> Job:
        return self.store.create(pending_job(**changes)).job

    def generate(self, status: int = 202, *, user: str = "", key: str = "", **parameters: str) -> None:
        self.http.post(SUBMIT, status=status, json={})
        self.be("generate", **parameters)
        headers = {"idempotency-key": key} if key else {}
        event = request("POST /api/images/generate", user=user or new_user(), body={"prompt": "un chat"}, headers=headers)
        generate.app.handler(event, FakeContext())

    def report(self, *bodies: Any, secret: str | None = SECRETS["webhook_secret"]) -> None:
        self.be("webhook")
        for body in bodies:
            headers = {"x-webhook-secret": secret} if secret else {}
            webhook.app.handler(request(WEBHOOK, body=body, headers=headers), FakeContext())

    def discard(self, route: str, job: Job) -> None:
        self.be("discard")
        discard.app.handler(request(route, user=job.user_id, path={"id": job.job_id}), FakeContext())

    def notify(self, *records: dict[str, Any]) -> None:
        self.monkeypatch.setattr(notify.app, "Channel", Channel)
        self.be("notify")
        notify.app.handler({"Records": list(records)}, FakeContext(milliseconds_left=30_000))

    def push(self, *kinds: str) -> None:
        job = self.job()
        for kind in kinds:
            one = Connection(
                connection_id=f"{kind}-{job.user_id}", user_id=job.user_id, connected_at=now() - timedelta(minutes=5)
            )
            Connections(self.stack.dynamodb, self.stack.notifications_table).add(one)
        if "young" in kinds:
            one = Connection(connection_id=f"gone-{job.user_id}", user_id=job.user_id, connected_at=now())
            Connections(self.stack.dynamodb, self.stack.notifications_table).add(one)
        self.notify(record(self.stack.item(job.job_id)))

    def ingest(self, **answer: Any) -> None:
        job = self.job()
        self.store.apply(job.job_id, completed_on_backend(job, backend_image(job.job_id)), now())
        serve(self.http, job.job_id, **answer)
        self.be("ingest")
        ingest.app.handler({"Records": [record(self.stack.item(job.job_id))]}, FakeContext(milliseconds_left=100_000))

    def connect(self, ticket: str, *, connections: int = 0, user: str = "") -> None:
        self.monkeypatch.setattr(live.app, "Channel", Channel)
        self.be("live")
        for number in range(connections):
            one = Connection(connection_id=f"{user}-{number}", user_id=user, connected_at=now() - timedelta(minutes=number + 1))
            Connections(self.stack.dynamodb, self.stack.notifications_table).add(one)
        self.converse("CONNECT", {"ticket": ticket})

    def converse(self, kind: str, query: dict[str, str] | None = None) -> None:
        context = {"eventType": kind, "connectionId": new_job_id(), "requestId": "r"}
        live.app.handler({"requestContext": context, "queryStringParameters": query}, FakeContext())

    def ticket(self, user: str) -> str:
        return Tickets(self.stack.dynamodb, self.stack.notifications_table).issue(user, now()).text

    def reconcile(self, *, age: timedelta = timedelta(minutes=5), **parameters: str) -> None:
        """Over one due job, alone in the table."""
        for item in self.stack.items(self.stack.jobs_table):
            self.stack.dynamodb.delete_item(TableName=self.stack.jobs_table, Key={"job_id": item["job_id"]})
        at = now() - age
        self.job(created_at=at, updated_at=at, due_at=at, watched_since=at)
        self.be("reconcile", **parameters)
        context: Any = FakeContext(milliseconds_left=100_000)
        reconcile.app.handler({}, context)
