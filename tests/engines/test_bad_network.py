"""Row 19: DynamoDB throttles, breaks, or does as asked and its answer is lost: the SDK asks again and meets its own write.

The client tries as often as the functions' own. It waits longer for an answer, so that a busy machine decides nothing.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import botocore.endpoint
import pytest
from botocore.config import Config

from sorami import clients
from sorami.errors import StoreUnavailable
from sorami.feed import Feed, Notification, NotificationType, notification_key
from sorami.jobs import ErrorCode, Failed, Job, JobEvent, Progressed, State, new_job_id
from sorami.store import JobStore, Outcome
from tests.properties.model import Expected
from tests.support.engines import JOBS, NOTIFICATIONS, Engine
from tests.support.microburst import BROKEN, LOST, RESET, THROTTLED, BadNetwork, bad_network
from tests.support.samples import completed, failed, minutes, new_user, pending_job

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 3
_BEFORE = (THROTTLED, BROKEN, RESET)
_EVENTS: dict[str, Callable[[str], JobEvent]] = {
    "progress": lambda _: Progressed(state=State.GENERATING, progress=60, message="Presque"),
    "completed": completed,
    "failed": lambda _: failed(),
    "timed out": lambda _: Failed(error="trop long", error_code=ErrorCode.TIMEOUT, deadline_passed=True),
}
all_events = pytest.mark.parametrize("event_of", _EVENTS.values(), ids=_EVENTS)


@pytest.fixture(scope="session")
def any_network(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadNetwork]:
    with bad_network(tmp_path_factory.mktemp("network"), engine.url) as network:
        yield network


@pytest.fixture
def network(any_network: BadNetwork, monkeypatch: pytest.MonkeyPatch) -> Iterator[BadNetwork]:
    """A good one, until a test says how it fails. The SDK's waiting between attempts is left out."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
    any_network.heal()
    yield any_network
    any_network.heal()


@pytest.fixture
def client(engine: Engine, network: BadNetwork) -> "DynamoDBClient":
    patient = Config(proxies={"http": network.url}, connect_timeout=60, read_timeout=60)
    return engine.client_with(clients._LIMITS.merge(patient))


@pytest.fixture
def store(client: "DynamoDBClient") -> JobStore:
    """Over the bad network."""
    return JobStore(client, JOBS)


@pytest.fixture
def truth(engine: Engine) -> JobStore:
    """The same table, past the network."""
    return JobStore(engine.client, JOBS)


@pytest.fixture
def feed(client: "DynamoDBClient") -> Feed:
    return Feed(client, NOTIFICATIONS)


@pytest.fixture
def job(truth: JobStore) -> Job:
    return truth.create(pending_job()).job


def test_row_19_a_created_job_whose_answer_is_lost_is_ours(store: JobStore, truth: JobStore, network: BadNetwork) -> None:
    network.fail("PutItem", LOST, times=1)
    wanted = pending_job()
    assert store.create(wanted) == Outcome(applied=True, job=wanted)
    assert network.failed == 1
    assert truth.get(wanted.job_id) == wanted
    another = replace(pending_job(), job_id=wanted.job_id)
    assert store.create(another) == Outcome(applied=False, job=wanted), "another's stays away"


@all_events
def test_row_19_an_applied_event_whose_answer_is_lost_is_applied_once(
    store: JobStore, truth: JobStore, network: BadNetwork, job: Job, event_of: Callable[[str], JobEvent]
) -> None:
    network.fail("UpdateItem", LOST, times=2)
    event = event_of(job.job_id)
    outcome = store.apply(job.job_id, event, minutes(1))
    assert network.failed == 2
    expected = Expected(job).after(event, minutes(1))
    assert expected is not None
    assert (outcome.applied, outcome.job) == (True, expected.job)
    assert truth.get(job.job_id) == expected.job


def test_row_19_a_duplicate_whose_answer_is_lost_changes_nothing(
    store: JobStore, truth: JobStore, network: BadNetwork, job: Job
) -> None:
    standing = truth.apply(job.job_id, completed(job.job_id), minutes(1)).job
    network.fail("UpdateItem", LOST, times=2)
    outcome = store.apply(job.job_id, completed(job.job_id), minutes(1))
    assert network.failed == 2
    assert (outcome.applied, outcome.job) == (False, standing)
    assert truth.get(job.job_id) == standing


@all_events
def test_row_19_an_event_with_no_answer_at_all_is_sent_again_and_counted_once(
    store: JobStore, truth: JobStore, network: BadNetwork, job: Job, event_of: Callable[[str], JobEvent]
) -> None:
    network.fail("UpdateItem", LOST)
    event = event_of(job.job_id)
    with pytest.raises(StoreUnavailable):
        store.apply(job.job_id, event, minutes(1))
    assert network.failed == _ATTEMPTS
    expected = Expected(job).after(event, minutes(1))
    assert expected is not None
    assert truth.get(job.job_id) == expected.job, "it was applied all the same"
    network.heal()
    again = store.apply(job.job_id, event, minutes(2))
    assert (again.applied, again.job) == (False, expected.job)


def test_row_19_a_claim_whose_answer_is_lost_is_held_and_no_other_gets_it(
    store: JobStore, truth: JobStore, network: BadNetwork, job: Job
) -> None:
    network.fail("UpdateItem", LOST, times=1)
    assert store.claim(job, at=minutes(1), next_look=minutes(3))
    assert network.failed == 1
    assert not truth.claim(job, at=minutes(1), next_look=minutes(3))
    assert truth.get(job.job_id) == replace(job, due_at=minutes(3), looks=1, watched_since=minutes(1))


def test_row_19_a_notification_whose_answer_is_lost_is_there_once_and_can_be_read(feed: Feed, network: BadNetwork) -> None:
    told = _notification()
    network.fail("PutItem", LOST, times=1)
    feed.add(told)
    assert network.failed == 1
    assert feed.page(told.user_id, limit=10).notifications == (told,)
    network.fail("UpdateItem", LOST, times=1)
    feed.mark(told.user_id, told.id, read=True, at=minutes(5))
    assert network.failed == 1
    [read] = feed.page(told.user_id, limit=10).notifications
    assert (read.read_at, feed.unread_count(told.user_id)) == (minutes(5), 0)


@pytest.mark.parametrize("operation", ["PutItem", "GetItem", "UpdateItem", "Scan", "Query", "BatchGetItem"])
def test_row_19_a_passing_fault_is_not_seen_and_a_lasting_one_is_store_unavailable(
    store: JobStore, truth: JobStore, network: BadNetwork, job: Job, operation: str
) -> None:
    call = _calls(store, job)[operation]
    for fault in _BEFORE:
        network.fail(operation, fault, times=_ATTEMPTS - 1)
        call()
        assert network.failed == _ATTEMPTS - 1
        before = truth.get(job.job_id)
        network.fail(operation, fault)
        with pytest.raises(StoreUnavailable):
            call()
        assert network.failed == _ATTEMPTS
        assert truth.get(job.job_id) == before


@pytest.mark.parametrize("number", range(3))
def test_row_19_whatever_the_network_does_the_job_is_as_the_answers_say(
    store: JobStore, truth: JobStore, network: BadNetwork, job: Job, number: int
) -> None:
    dice = random.Random(number)
    expected = Expected(job)
    for minute in range(1, 26):
        state = dice.choice([State.INITIALIZING, State.GENERATING, State.GENERATING])
        event = Progressed(state=state, progress=min(100, minute * 4 - dice.choice([0, 0, 8])), message=f"{minute}")
        network.fail("UpdateItem", dice.choice([*_BEFORE, LOST]), times=dice.randint(0, 4))
        after = expected.after(event, minutes(minute))
        try:
            outcome = store.apply(job.job_id, event, minutes(minute))
        except StoreUnavailable:
            # The sender does not know, and sends again: by then it is a duplicate, or is applied now.
            standing = truth.get(job.job_id)
            assert standing in [expected.job, (after or expected).job]
            expected = replace(expected, job=standing)
        else:
            assert outcome.applied is (after is not None)
            expected = after or expected
            assert outcome.job == truth.get(job.job_id) == expected.job


def _calls(store: JobStore, job: Job) -> dict[str, Callable[[], object]]:
    """Each kind of call that the store makes. A second event is a later one."""
    progress = iter(range(10, 100, 10))

    def move() -> object:
        return store.apply(job.job_id, Progressed(state=State.GENERATING, progress=next(progress), message="…"), minutes(1))

    return {
        "PutItem": lambda: store.create(pending_job()),
        "GetItem": lambda: store.get(job.job_id),
        "UpdateItem": move,
        "Scan": lambda: list(store.due_job_ids(minutes(1), segment=0, segments=1)),
        "Query": lambda: store.completed_by(job.user_id, limit=5),
        "BatchGetItem": lambda: store.all_by(job.user_id, limit=5),
    }


def _notification() -> Notification:
    kind = NotificationType.IMAGE_COMPLETED
    return Notification(
        user_id=new_user(),
        key=notification_key(finished_at=minutes(1), job_id=new_job_id(), kind=kind),
        type=kind,
        title="🎨",
        message="Deux images",
        created_at=minutes(1),
        metadata={},
    )
