"""Many live connections while many jobs change at once, and whether each heard everything once and in order."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from local.stack import Stack
from tests.support.api import Api, completed, progress
from tests.support.live import LiveClient, live_client

_SECONDS_TO_ARRIVE = 240


@dataclass(frozen=True)
class Audience:
    """A user, and all of the user's open connections."""

    api: Api
    clients: Sequence[LiveClient]


@dataclass(frozen=True)
class Heard:
    """Sums over all connections and jobs. `wrong`: connection and job pairs that did not hear exactly 1, 2, 3, …, in order."""

    messages: int
    expected: int
    wrong: Sequence[str]
    notifications_missing: int

    @property
    def is_everything(self) -> bool:
        return not self.wrong and not self.notifications_missing and self.messages == self.expected


@contextmanager
def audiences(stack: Stack, users: int, connections: int) -> Iterator[list[Audience]]:
    """All connected and in sync, with `connections` each."""
    with ExitStack() as opened:
        made: list[Audience] = []
        for _ in range(users):
            api = Api.of_new_user(stack)
            made.append(Audience(api, [opened.enter_context(live_client(api)) for _ in range(connections)]))
        for audience in made:
            for client in audience.clients:
                client.sync()
        yield made


def change_jobs(made: Sequence[Audience], jobs: int, events: int, at_once: int) -> dict[str, Audience]:
    """That many jobs, shared out over the users, each with that many webhook events one after the other; the last ends it."""

    def live(number: int) -> tuple[str, Audience]:
        audience = made[number % len(made)]
        job_id = audience.api.new_job()
        for step in range(1, events):
            assert audience.api.webhook(progress(job_id, "generating", step)).json()["applied"] is True
        assert audience.api.webhook(completed(job_id)).json()["applied"] is True
        return job_id, audience

    with ThreadPoolExecutor(at_once) as pool:
        return dict(pool.map(live, range(jobs)))


def hear_out(jobs: dict[str, Audience], events: int) -> Heard:
    """Waits until every connection has heard of every end, and compares."""
    versions = list(range(1, events + 2))  # the first is the job's birth
    wrong: list[str] = []
    messages = missing = expected = 0
    for job_id, audience in jobs.items():
        for number, client in enumerate(audience.clients):
            client.wait(lambda one, job_id=job_id: bool(_told(one, job_id)), f"the end of {job_id}", _SECONDS_TO_ARRIVE)  # type: ignore[misc]  # mypy and defaults of lambdas
            heard = [update["version"] for update in client.updates(job_id)]
            messages += len(heard)
            expected += len(versions)
            missing += len(_told(client, job_id)) != 1
            if heard != versions:
                wrong.append(f"{audience.api.user} connection {number}, job {job_id}: {heard}")
    return Heard(messages, expected, wrong, missing)


def _told(client: LiveClient, job_id: str) -> list[str]:
    notifications = [message["notification"] for message in client.of_type("notification.created")]
    return [one["id"] for one in notifications if one["metadata"]["generationId"] == job_id]
