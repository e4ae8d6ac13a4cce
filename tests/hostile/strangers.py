"""Requests for what is another user's, each beside the same request for what never was: no answer may tell one from the other."""

import base64
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import requests
from websockets.exceptions import InvalidStatus

from local.stack import Stack
from tests.support.api import Api, completed
from tests.support.live import open_socket, ticket
from tests.support.tables import Tables

type Seen = tuple[int, str]
type Attempt = Callable[[Api, str], Seen]
"""Asks for a thing by its name; gives the status and the body, without the request's own id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`theirs` are names of things of the owner; `never_was` makes names of the same form that nothing ever had."""

    theirs: list[str]
    never_was: Callable[[], str]
    attempt: Attempt


class Owner:
    """A user who has one of each."""

    def __init__(self, stack: Stack) -> None:
        self.api, self._tables = Api.of_new_user(stack), Tables.of(stack)
        self.open_job, self.finished_job = self.api.new_job(), self.api.new_job()
        assert self.api.webhook(completed(self.finished_job)).json()["applied"] is True
        assert self.api.webhook(completed(self.api.new_job())).json()["applied"] is True
        self.notification: str = self.api.feed_with(2)["notifications"][0]["id"]
        self.gallery_cursor: str = self.api.get("/api/images/user", status="ALL", limit=1).json()["next_cursor"]
        self.feed_cursor: str = self.api.get("/api/notifications", limit=1).json()["next_cursor"]
        self.upload: str = self.api.upload(content_type="image/png", size_bytes=10).json()["input_image_url"]
        self.used_ticket: str = ticket(self.api)["url"]
        with open_socket(self.used_ticket):
            pass
        self.before = self.state()

    def state(self) -> tuple[object, ...]:
        """All that a stranger must not have changed."""
        jobs = sorted(self._tables.jobs_of(self.api.user))
        return jobs, [self._tables.job(job_id) for job_id in jobs], self.api.feed()

    def targets(self) -> Mapping[str, Target]:
        jobs = [self.open_job, self.finished_job]
        of_job = {
            "status": _get("/api/images/{}/status"),
            "result": _get("/api/images/{}/result"),
            "cancel": lambda caller, name: _answer(caller.cancel(name)),
            "delete": lambda caller, name: _answer(caller.delete(name)),
        }
        return {
            **{word: Target(theirs=jobs, never_was=lambda: str(uuid4()), attempt=attempt) for word, attempt in of_job.items()},
            "notification": Target(theirs=[self.notification], never_was=_no_notification, attempt=_mark),
            "cursor of jobs": Target(theirs=[self.gallery_cursor], never_was=_no_cursor, attempt=_gallery),
            "cursor of notifications": Target(theirs=[self.feed_cursor], never_was=_no_cursor, attempt=_feed),
            "upload": Target(theirs=[self.upload], never_was=_no_upload, attempt=_generate),
            "ticket": Target(theirs=[self.used_ticket], never_was=lambda: _no_ticket(self.used_ticket), attempt=_connect),
        }


def attempts(owner: Owner, stranger: Api, number: int, chosen_seed: int) -> Iterator[tuple[str, Seen, Seen]]:
    """What was asked for, the answer for the owner's, and the one for what never was. Every kind comes up; the rest is drawn."""
    draw = random.Random(chosen_seed)
    targets = owner.targets()
    kinds = [*targets, *draw.choices([kind for kind in targets if kind != "ticket"], k=max(0, number - len(targets)))]
    for kind in kinds[:number]:
        target = targets[kind]
        theirs, never_was = target.attempt(stranger, draw.choice(target.theirs)), target.attempt(stranger, target.never_was())
        yield kind, theirs, never_was


def _answer(answer: requests.Response) -> tuple[int, str]:
    text = answer.text
    with suppress(ValueError, KeyError, TypeError):
        text = text.replace(answer.json()["request_id"], "")
    return answer.status_code, text


def _get(path: str) -> Attempt:
    return lambda caller, name: _answer(caller.get(path.format(name)))


def _mark(caller: Api, name: str) -> tuple[int, str]:
    return _answer(caller.request("PUT", "/api/notifications", json={"notificationId": name, "isRead": True}))


def _gallery(caller: Api, name: str) -> tuple[int, str]:
    return _answer(caller.get("/api/images/user", status="ALL", limit=1, cursor=name))


def _feed(caller: Api, name: str) -> tuple[int, str]:
    return _answer(caller.get("/api/notifications", limit=1, cursor=name))


def _generate(caller: Api, name: str) -> tuple[int, str]:
    return _answer(caller.generate("!silent un chat", input_image_url=name))


def _connect(_caller: Api, url: str) -> tuple[int, str]:
    try:
        with open_socket(url):
            return 101, ""
    except InvalidStatus as refusal:
        return refusal.response.status_code, bytes(refusal.response.body or b"").decode()


def _no_notification() -> str:
    key = f"2026-01-02T03:04:05.678Z#{uuid4()}#IMAGE_COMPLETED"
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _no_cursor() -> str:
    return base64.urlsafe_b64encode(uuid4().bytes + b'{"user_id":"x"}').decode().rstrip("=")


def _no_upload() -> str:
    return f"upload://{uuid4().hex}/{uuid4().hex}.png"


def _no_ticket(url: str) -> str:
    return f"{url.partition('ticket=')[0]}ticket={uuid4().hex}{uuid4().hex[:11]}"
