"""Sends hostile bodies to the webhook of a running stack, with the right secret, and looks at what each has changed."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings

from local.stack import Stack
from tests.hostile.bodies import JOB, webhook_bodies
from tests.support.api import Api
from tests.support.tables import Tables

# What no answer may hold, whatever was sent.
INTERNALS = re.compile(
    r"Traceback|File \"|arn:aws|botocore|pydantic|sorami\.|/var/task|/opt/python|Exception|Error\(|dynamodb", re.IGNORECASE
)
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}


@dataclass
class Tally:
    """What came of an attack. `breaches`: in words, what must not have happened."""

    statuses: Counter[int] = field(default_factory=Counter)
    applied: int = 0
    breaches: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.statuses.total()


class _Target:
    """A job that is aimed at; when it has ended, another one."""

    def __init__(self, stack: Stack) -> None:
        self._api, self._tables = Api.of_new_user(stack), Tables.of(stack)
        self.made: set[str] = set()
        self.renew()

    def renew(self) -> None:
        self.job_id = self._api.new_job()
        self.made.add(self.job_id)
        self.stands = self._tables.job(self.job_id)

    def changed(self) -> bool:
        before, self.stands = self.stands, self._tables.job(self.job_id)
        return self.stands != before

    def strangers(self) -> set[str]:
        """Jobs of this user that nobody asked for."""
        return set(self._tables.jobs_of(self._api.user)) - self.made


def attack_webhook(stack: Stack, *, bodies: int, chosen_seed: int, on_each: Callable[[], object] = lambda: None) -> Tally:
    """Each tenth body comes with a wrong secret."""
    tally, target = Tally(), _Target(stack)
    session = requests.Session()
    jobs_before = _count_jobs(stack) - len(target.made)

    @seed(chosen_seed)
    @settings(max_examples=bodies, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(webhook_bodies())
    def send(body: bytes) -> None:
        is_trusted = tally.requests % 10 != 9
        secret = stack.webhook_secret if is_trusted else stack.webhook_secret[:-1]
        content = body.replace(JOB.encode(), target.job_id.encode())
        headers = {"X-Webhook-Secret": secret, "Content-Type": "application/json"}
        answer = session.post(stack.webhook_url, data=content, headers=headers, timeout=40)
        tally.statuses[answer.status_code] += 1
        tally.breaches += [
            f"{breach}: {answer.status_code} {answer.text[:200]!r} for {content[:300]!r}"
            for breach in _breaches(answer, target, stack, is_trusted)
        ]
        if answer.ok:
            tally.applied += answer.json()["applied"]
        if "finished_at" in target.stands:
            target.renew()
        on_each()

    send()
    if target.strangers() or _count_jobs(stack) - len(target.made) != jobs_before:
        tally.breaches.append("a job came into being that nobody had asked for")
    return tally


def _breaches(answer: requests.Response, target: _Target, stack: Stack, is_trusted: bool) -> list[str]:
    found = []
    has_changed = target.changed()
    if not is_trusted and answer.status_code != HTTPStatus.UNAUTHORIZED:
        found.append("a wrong secret was not refused")
    if is_trusted and answer.status_code not in {HTTPStatus.OK, *_REFUSALS}:
        found.append("an answer that is none of the contract's")
    if has_changed and not _says_applied(answer):
        found.append("a refused body changed its job")
    secrets = [stack.webhook_secret, stack.backend_api_key, stack.jobs_table, stack.images_bucket]
    if INTERNALS.search(answer.text) or any(secret in answer.text for secret in secrets):
        found.append("an answer tells of the inside")
    return found


def _says_applied(answer: requests.Response) -> bool:
    content: Any = answer.json() if answer.ok else {}
    return content.get("applied") is True


def _count_jobs(stack: Stack) -> int:
    pages = Tables.of(stack).client.get_paginator("scan").paginate(TableName=stack.jobs_table, Select="COUNT")
    return sum(page["Count"] for page in pages)
