"""The real function behind AWS's stream rules (tests/support/streams.py): poison in the stream, AWS failing now and then."""

import copy
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from notify.app import handler
from sorami.clients import client
from sorami.items import from_item
from sorami.jobs import new_job_id
from sorami.store import JobStore
from tests.support.notifying import SPOILERS, spoiled, take_parked
from tests.support.samples import completed, failed, minutes, new_user, pending_job
from tests.support.seeds import chosen_seed
from tests.support.stack import Stack
from tests.support.stream import record
from tests.support.streams import FunctionDied, Mapped, Record, StreamDriver, sequence_number

SHARDS = 4

pytestmark = pytest.mark.usefixtures("notify")


@dataclass
class Weather:
    """Faults of AWS at random, one call in so many: refused before it has happened, or its answer lost after it has."""

    rng: random.Random
    one_in: int
    struck: Counter[str] = field(default_factory=Counter)

    def blow(self) -> None:
        for service, operation in (("dynamodb", "PutItem"), ("sns", "Publish"), ("sqs", "SendMessage")):
            events = client(service).meta.events  # type: ignore[call-overload]  # one of its literals
            events.register(f"before-call.{service}.{operation}", self._before)
            events.register(f"after-call.{service}.{operation}", self._after)

    def _before(self, **_: Any) -> Any:
        match self._fault("throttled", "internal error", "unreachable", "died before"):
            case "throttled":
                return _refusal(400, "ThrottlingException")
            case "internal error":
                return _refusal(500, "InternalFailure")
            case "unreachable":
                raise EndpointConnectionError(endpoint_url="https://aws")
            case "died before":
                raise FunctionDied
        return None

    def _after(self, **_: Any) -> None:
        match self._fault("answer lost", "died after"):
            case "answer lost":
                raise ReadTimeoutError(endpoint_url="https://aws")
            case "died after":
                raise FunctionDied

    def _fault(self, *kinds: str) -> str | None:
        if self.rng.randrange(2 * self.one_in):
            return None
        kind = self.rng.choice(kinds)
        self.struck[kind] += 1
        return kind


@dataclass
class Published:
    """(user, job) → the ids under which the topic took it, seen at the client: moto's queues grow slow with what lies in them."""

    ids: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _asked: dict[str, Any] = field(default_factory=dict)

    def watch(self) -> None:
        events = client("sns").meta.events
        events.register("before-parameter-build.sns.Publish", self._ask)
        events.register("after-call.sns.Publish", self._take)

    def _ask(self, params: dict[str, Any], **_: Any) -> None:
        self._asked = json.loads(params["Message"])

    def _take(self, http_response: Any, **_: Any) -> None:
        if http_response.status_code == 200:
            notification = self._asked["notification"]
            whose = self._asked["user_id"], notification["metadata"]["generationId"]
            self.ids.setdefault(whose, set()).add(notification["id"])


def _refusal(status: int, code: str) -> Any:
    return type("Http", (), {"status_code": status})(), {"Error": {"Code": code, "Message": "…"}}


@pytest.fixture
def finished(stack: Stack) -> tuple[Record, Record]:
    """A completed and a failed job's records, as the store writes such jobs; the stream below is made of copies."""
    store = JobStore(stack.dynamodb, stack.jobs_table)
    made = []
    for event in (completed("00000000-0000-7000-8000-000000000000"), failed()):
        job = store.create(pending_job()).job
        old = stack.item(job.job_id)
        store.apply(job.job_id, event, minutes(5))
        made.append(record(stack.item(job.job_id), old))
    return made[0], made[1]


@dataclass(frozen=True)
class Stream:
    """Records by shard, those of them that are poison by their sequence numbers, and (user, job) of those to be told."""

    shards: dict[str, list[Record]]
    poison: dict[str, Record]
    healthy: set[tuple[str, str]]


def stream_of(finished: tuple[Record, Record], count: int, poisoned: int, rng: random.Random) -> Stream:
    users = [new_user() for _ in range(10)]
    bad = set(rng.sample(range(count), poisoned))
    stream = Stream({f"shard-{number}": [] for number in range(SHARDS)}, {}, set())
    for number in range(count):
        job_id, user = new_job_id(), rng.choice(users)
        one = _renamed(rng.choice(finished), job_id, user)
        if number in bad:
            one = spoiled(one, rng.choice(list(SPOILERS.values())))
            stream.poison[sequence_number(one)] = copy.deepcopy(one)
        else:
            stream.healthy.add((user, job_id))
        stream.shards[f"shard-{rng.randrange(SHARDS)}"].append(one)
    return stream


def _renamed(one: Record, job_id: str, user: str) -> Record:
    """The record as another job's and another user's."""
    change = copy.deepcopy(one["dynamodb"])
    for image in (change["NewImage"], change["OldImage"]):
        image |= {"job_id": {"S": job_id}, "user_id": {"S": user}}
    return record(change["NewImage"], change["OldImage"])


def rows_of(stack: Stack, stream: Stream) -> Counter[tuple[str, str]]:
    """(user, job) → how many notifications of it stand in the feed."""
    jobs = {one["dynamodb"]["Keys"]["job_id"]["S"] for shard in stream.shards.values() for one in shard}
    pages = stack.dynamodb.get_paginator("scan").paginate(TableName=stack.notifications_table, ConsistentRead=True)
    rows = [from_item(item) for page in pages for item in page["Items"]]
    told = [(row["user_id"], row["metadata"]["generationId"]) for row in rows]
    return Counter((user, job_id) for user, job_id in told if job_id in jobs)


@pytest.mark.parametrize(
    ("batch_size", "count", "poisoned"), [(1, 100, 10), (7, 200, 20), (25, 250, 25), (100, 150, 15)], ids=str
)
def test_rows_18_19_22_poison_is_parked_and_all_else_is_told_once_whatever_fails(
    batch_size: int, count: int, poisoned: int, stack: Stack, finished: tuple[Record, Record]
) -> None:
    rng = random.Random(chosen_seed())
    stream, published, weather = stream_of(finished, count, poisoned, rng), Published(), Weather(rng, one_in=40)
    published.watch()  # first, so that it sees what happened also when the answer is then lost
    weather.blow()
    driver = StreamDriver(handler, Mapped.of("NotifyFunction", "ChangedJobs", batch_size=batch_size))
    driver.run(stream.shards)

    assert driver.discarded == []
    assert weather.struck.total() > 0
    parked = {sequence_number(one.record): one for one in take_parked(stack)}  # a lost answer may leave two copies of one
    assert {number: one.record for number, one in parked.items()} == stream.poison
    assert len(parked) == poisoned
    assert not any(one.left_out for one in parked.values())
    assert rows_of(stack, stream) == Counter(stream.healthy)
    assert len(stream.healthy) == count - poisoned
    assert set(published.ids) == stream.healthy
    assert all(len(ids) == 1 for ids in published.ids.values())


def test_row_18_in_calm_weather_each_record_is_handed_over_once_and_poison_is_parked_once(
    stack: Stack, finished: tuple[Record, Record]
) -> None:
    stream = stream_of(finished, 200, 20, random.Random(7))
    driver = StreamDriver(handler, Mapped.of("NotifyFunction", "ChangedJobs"))
    driver.run(stream.shards)
    assert sum(len(call) for call in driver.calls) == 200
    assert sorted(sequence_number(one.record) for one in take_parked(stack)) == sorted(stream.poison)


@pytest.mark.parametrize("away", ["dynamodb.PutItem", "sns.Publish"])
def test_row_22_an_outage_of_an_hour_delays_notifications_and_loses_none(
    away: str, stack: Stack, finished: tuple[Record, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a call takes a minute; nothing is parked as poison, and nothing given up."""
    service, _, _ = away.partition(".")
    stream = stream_of(finished, 8, 0, random.Random(7))
    driver = StreamDriver(handler, Mapped.of("NotifyFunction", "ChangedJobs"), pause=60.0)

    def is_away(**_: Any) -> None:
        if driver.now < 3600:
            raise EndpointConnectionError(endpoint_url=f"https://{service}")

    client(service).meta.events.register(f"before-call.{away}", is_away)  # type: ignore[call-overload]  # one of two names
    driver.run(stream.shards)
    assert len(driver.calls) > 3600 / driver.pause
    assert driver.discarded == []
    assert rows_of(stack, stream) == Counter(stream.healthy)
    assert take_parked(stack) == []
