"""One user of the local stack who waits for each answer."""

import time
from dataclasses import dataclass
from typing import Any

import requests

from benchmarks.load.peers import BARE, NOOP
from local.failures import LocalFailure
from local.stack import Stack
from sorami.items import job_to_item
from tests.support.api import completed, progress
from tests.support.samples import new_user, pending_job

_STEPS = (("initializing", 10), ("generating", 55), ("saving", 90))
CALLS_PER_JOB = 1 + len(_STEPS) + 1 + 1
"""Over the gateway: create, four reports, the result. notify's and ingest's, by the stream, come on top (`calls_by_stream`)."""


@dataclass
class Client:
    """A connection and a token of its own; `milliseconds`: of every call."""

    stack: Stack
    number: int

    def __post_init__(self) -> None:
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.stack.token(f'load_{self.number}')}"
        self.milliseconds: list[float] = []

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        begun = time.perf_counter()
        answer = self.http.request(method, f"{self.stack.api_url}{path}", timeout=60, **arguments)
        self.milliseconds.append((time.perf_counter() - begun) * 1000)
        if not answer.ok:
            raise LocalFailure(f"{method} {path} was answered {answer.status_code}: {answer.text[:200]}")
        return answer.json()

    def job(self) -> None:
        job_id = self.call("POST", "/api/images/generate", json={"prompt": "un chat astronaute", "size": "512x512"})["job_id"]
        secret = {"X-Webhook-Secret": self.stack.webhook_secret}
        for body in (*(progress(job_id, state, percent) for state, percent in _STEPS), completed(job_id)):
            self.call("POST", "/api/webhooks/image-completion", json=body, headers=secret)
        self.call("GET", f"/api/images/{job_id}/result")

    def bare_job(self, table: str) -> None:
        """As many calls as a job, each of which asks as much of DynamoDB."""
        item = job_to_item(pending_job(user_id=new_user()))
        deeds = [("create", item), *[("report", {**item, "progress": {"N": str(one)}}) for one in range(4)], ("result", item)]
        for deed, said in deeds:
            self.call("POST", BARE.format(table=table, deed=deed), json=said)

    def noop(self) -> None:
        self.call("GET", NOOP)
