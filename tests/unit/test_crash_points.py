"""The process dies just before and just after every call to the outside that generate, webhook, notify, reconcile and discard
make (docs/reliability.md, rows 1, 2, 22 and 25). The calls are those that a run without a death makes."""

from collections.abc import Callable, Iterator

import pytest
import responses

import reconcile.app
from reconcile.sweep import Swept
from sorami.feed import Feed
from sorami.jobs import State
from sorami.store import JobStore
from tests.support.samples import new_user
from tests.support.stack import SECRETS, Stack
from tests.support.world import Death, World

type MakeWorld = Callable[..., World]

# How the world is, how its jobs must end (None: gone), and in which function the process dies, if not in each.
_WORLDS: dict[str, tuple[dict[str, object], State | None, str | None]] = {
    "the backend reports": ({}, State.COMPLETED, None),
    "every report is lost": ({"reports": False}, State.COMPLETED, None),
    "the backend refuses": ({"refuses": True}, State.FAILED, None),
    "the client has a key": ({"key": "the-key"}, State.COMPLETED, "GenerateFunction"),
    "its user cancels": ({"cancels": True}, State.CANCELLED, "DiscardFunction"),
    "its user deletes": ({"deletes": True}, None, "DiscardFunction"),
}


def _one_after_the_other(
    due_job_ids: Callable[[int, int], Iterator[str]], reconcile_job: Callable[[str], None], **_: object
) -> Swept:
    """The sweep without its threads: the same calls in the same order every time, and moto is no engine for threads."""
    job_ids = list(due_job_ids(0, 1))
    for job_id in job_ids:
        reconcile_job(job_id)
    return Swept(jobs=len(job_ids), failures=0, is_cut=False)


@pytest.fixture
def world(stack: Stack, deploy: Callable[..., None], http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> MakeWorld:
    def make(**nature: object) -> World:
        made = World(stack, deploy, new_user(), SECRETS["webhook_secret"], **nature)  # type: ignore[arg-type]  # by name
        http.reset()
        made.surround(http)
        monkeypatch.setattr(reconcile.app, "now", made.later)
        monkeypatch.setattr(reconcile.app, "sweep_due_jobs", _one_after_the_other)
        return made

    return make


def _check(world: World, expected: State | None) -> None:
    """What must hold at the end, wherever the process died."""
    jobs = JobStore(world.stack.dynamodb, world.stack.jobs_table).all_by(world.user, limit=10).jobs
    assert len(world.jobs) == 1 if world.key else len(world.jobs) <= 1
    assert world.accepted in {None, *world.jobs}
    assert [job.state for job in jobs] == [expected for _ in world.jobs if expected]
    assert set(world.work.values()) <= {1}
    told = Feed(world.stack.dynamodb, world.stack.notifications_table).page(world.user, limit=10).notifications
    assert [one.metadata["generationId"] for one in told] == ([] if world.cancels else world.jobs)
    assert bool(world.files()) is (not world.deletes and any(job.state is State.COMPLETED for job in jobs))
    world.vanish()


@pytest.mark.parametrize("name", _WORLDS)
def test_without_a_death_every_function_calls_the_outside(name: str, world: MakeWorld) -> None:
    nature, expected, _ = _WORLDS[name]
    one = world(**nature)
    one.live()
    _check(one, expected)
    calls = {"dynamodb.PutItem", "dynamodb.UpdateItem", "backend.submit", "secretsmanager.GetSecretValue"}
    calls |= set() if one.cancels else {"sns.Publish"}
    calls |= {"s3.DeleteObjects"} if one.deletes else set()
    assert calls <= set(one.calls)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", _WORLDS)
def test_rows_1_2_22_25_a_death_at_any_call_loses_and_doubles_nothing(name: str, after: bool, world: MakeWorld) -> None:
    nature, expected, function = _WORLDS[name]
    rehearsal = world(**nature)
    rehearsal.live()
    rehearsal.vanish()
    for call, what in enumerate(rehearsal.calls):
        if rehearsal.callers[call] != function and function is not None:
            continue
        one = world(**nature, death=Death(call, after))
        one.live()
        assert one.deaths == 1, f"nobody died at call {call}, {what}, of {rehearsal.calls}: {one.calls}"
        _check(one, expected)
