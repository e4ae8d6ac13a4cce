"""A small world around the real handlers: a client, a backend, a stream, a schedule; and a process that dies where it is told.

Every call that a handler makes to the outside is met here: AWS calls by botocore's events, HTTP by `responses`. So the list of
places to die at is what happened in a run, and nobody has to keep it.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
import responses

import discard.app
import generate.app
import notify.app
import reconcile.app
import sorami.clients
import webhook.app
from sorami.times import now
from sorami.tombstones import is_tombstone
from tests.support.gateway import FakeContext, request
from tests.support.samples import completed_body, progress_body
from tests.support.stack import BACKEND_URL, Stack
from tests.support.stream import record

ASKED = {"prompt": "un chat", "num_images": 1, "size": "512x512", "format": "PNG"}
# Everything is due at once; the other times are the template's.
IMPATIENT = {"FirstLookSeconds": "0.001"}
_BETWEEN_TICKS = timedelta(seconds=5)
_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


class Died(BaseException):
    """The process is gone: nothing of ours catches this."""


@dataclass(frozen=True)
class Death:
    """Just before (or after) the call of this number, counted from 0 over the whole run."""

    call: int
    after: bool


@dataclass
class World:
    """`refuses`: the backend says no for good. `reports`: it sends webhooks. `key`: the client asks again where it had no answer.
    `cancels`: its user wants the job no more before anything was reported; `deletes`: nor what has come of it.
    `calls` is what the handlers did to the outside, `callers` which function did it."""

    stack: Stack
    deploy: Callable[..., None]
    user: str
    webhook_secret: str
    refuses: bool = False
    reports: bool = True
    key: str | None = None
    cancels: bool = False
    deletes: bool = False
    death: Death | None = None
    calls: list[str] = field(default_factory=list)
    callers: list[str] = field(default_factory=list)
    deaths: int = 0
    stream: list[dict[str, Any]] = field(default_factory=list)
    work: Counter[str] = field(default_factory=Counter)
    accepted: str | None = None
    _seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ticks: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: str = ""
    _here: threading.local = field(default_factory=threading.local)

    def surround(self, http: responses.RequestsMock) -> None:
        """From here on this world answers the handlers."""
        sorami.clients._clients.clear()
        sorami.clients.session.cache_clear()
        events = sorami.clients.session().get_component("event_emitter")
        events.register("before-call", lambda model, **_: self._meet(f"{model.service_model.service_name}.{model.name}"))
        events.register("after-call", lambda model, **_: self._leave(is_write=model.name in _WRITES))
        http.add_callback(responses.POST, f"{BACKEND_URL}/api/images/generate", callback=self._backend_takes)
        http.add_callback(responses.GET, re.compile(f"{BACKEND_URL}/api/images/(status|result)/"), callback=self._backend_tells)

    def live(self) -> None:
        """The whole life of one job, each party doing again what had no answer."""
        self._client_asks()
        if self.key and self.deaths and self.accepted is None:
            self._client_asks()
        if self.cancels:
            self._discard("POST /api/images/{id}/cancel", {200})
        self._backend_reports()
        self._stream_delivers()
        self._again_if_dead(self._schedule_ticks)
        self._backend_reports()
        if not self.reports:  # what was submitted by the last tick is found out by the next
            self._again_if_dead(self._schedule_ticks)
        self._stream_delivers()
        if self.deletes:
            self._discard("DELETE /api/images/{id}", {204, 404})  # 404: the death came after the deed

    # Who is inside

    def _client_asks(self) -> None:
        headers = {"idempotency-key": self.key} if self.key else {}
        event = request("POST /api/images/generate", user=self.user, body=ASKED, headers=headers)
        try:
            answer = self._run("GenerateFunction", generate.app.handler, event)
        except Died:
            return
        if answer["statusCode"] == requests.codes.accepted:
            self.accepted = json.loads(answer["body"])["job_id"]

    def _discard(self, route: str, expected: set[int]) -> None:
        for job_id in list(self._seen):
            event = request(route, user=self.user, path={"id": job_id})

            def deed(event: dict[str, Any] = event) -> None:
                assert self._run("DiscardFunction", discard.app.handler, event)["statusCode"] in expected

            self._again_if_dead(deed)

    def _backend_reports(self) -> None:
        for job_id in list(self.work) if not self.cancels else []:
            self.stack.s3.put_object(Bucket=self.stack.images_bucket, Key=f"images/{job_id}/image_1.png", Body=b"x")
        for job_id in list(self.work) if self.reports else []:
            for body in (progress_body(job_id), completed_body(job_id, count=1)):
                self._again_if_dead(lambda body=body: self._post(body))  # type: ignore[misc]  # mypy and defaults of lambdas

    def _post(self, body: dict[str, Any]) -> None:
        headers = {"x-webhook-secret": self.webhook_secret}
        event = request("POST /api/webhooks/image-completion", body=body, headers=headers)
        answer = self._run("WebhookFunction", webhook.app.handler, event)
        assert answer["statusCode"] == requests.codes.ok, answer

    def _stream_delivers(self) -> None:
        """From the beginning, every time: whatever was told before is told again."""
        for one in list(self.stream):
            self._again_if_dead(lambda one=one: self._deliver(one))  # type: ignore[misc]  # as above

    def _deliver(self, one: dict[str, Any]) -> None:
        assert self._run("NotifyFunction", notify.app.handler, {"Records": [one]}) == {"batchItemFailures": []}

    def later(self) -> datetime:
        """Reconcile's clock: between two of its runs there are some seconds, so that whatever was claimed is due again."""
        return now() + _BETWEEN_TICKS * self._ticks

    def _schedule_ticks(self) -> None:
        self._ticks += 1
        self._run("ReconcileFunction", reconcile.app.handler, {})

    def _again_if_dead(self, deed: Callable[[], object]) -> None:
        try:
            deed()
        except Died:
            deed()

    def _run(self, function: str, handler: Callable[..., Any], event: dict[str, Any]) -> Any:
        """In a new worker, but for its clients: making them takes most of a run's time, and they keep nothing."""
        clients = dict(sorami.clients._clients)
        self.deploy(function, **IMPATIENT)
        sorami.clients._clients.update(clients)
        before, self._running = self.deaths, function
        answer = handler(event, FakeContext(milliseconds_left=100_000))
        if self.deaths > before:  # a thread of the handler died, and with it the process
            raise Died
        return answer

    # What is outside

    def _meet(self, name: str) -> None:
        with self._lock:  # reconcile works in threads: a call is known by its own number, not by the last one
            self._here.call = len(self.calls)
            self.calls.append(name)
            self.callers.append(self._running)
        self._die_if_it_is_time(after=False)

    def _leave(self, *, is_write: bool = False) -> None:
        if is_write:
            self._note_changes()
        self._die_if_it_is_time(after=True)

    def _die_if_it_is_time(self, *, after: bool) -> None:
        if self.death == Death(self._here.call, after):
            self.death = None
            self.deaths += 1
            raise Died

    def _note_changes(self) -> None:
        """What the jobs table's stream would carry."""
        for item in self.stack.items(self.stack.jobs_table):
            job_id, before = item["job_id"]["S"], self._seen.get(item["job_id"]["S"])
            if item != before:
                if not is_tombstone(item):  # which has no `status`, so that the mapping's filter leaves it out
                    self.stream.append(record(item, before))
                self._seen[job_id] = item

    @property
    def jobs(self) -> list[str]:
        """The ids of all jobs that ever were."""
        return list(self._seen)

    def files(self) -> list[str]:
        """What lies in the images bucket."""
        return [one["Key"] for one in self.stack.s3.list_objects_v2(Bucket=self.stack.images_bucket).get("Contents", [])]

    def vanish(self) -> None:
        """Takes the job with it, so that the next world begins with an empty table and an empty bucket."""
        for key in self.files():
            self.stack.s3.delete_object(Bucket=self.stack.images_bucket, Key=key)
        for job_id in self._seen:
            self.stack.dynamodb.delete_item(TableName=self.stack.jobs_table, Key={"job_id": {"S": job_id}})

    def _backend_takes(self, asked: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        self._meet("backend.submit")
        if self.refuses:
            self._leave()
            return 422, {}, '{"message": "non"}'
        job_id = json.loads(asked.body or b"")["job_id"]
        self.work.setdefault(job_id, 0)
        self.work[job_id] += self.work[job_id] == 0  # asked twice for one job_id, it works once
        self._leave()
        return 202, {}, "{}"

    def _backend_tells(self, asked: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        _, _, path = str(asked.url).partition("/api/images/")
        question, _, job_id = path.partition("/")
        self._meet(f"backend.{question}")
        self._leave()
        if job_id not in self.work:
            return 404, {}, "{}"
        told = (
            {"job_id": job_id, "status": "COMPLETED", "progress": 100}
            if question == "status"
            else completed_body(job_id, count=1)["data"]
        )
        return 200, {}, json.dumps(told)
