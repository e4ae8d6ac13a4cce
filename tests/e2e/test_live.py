"""Live updates: tickets, the order of what comes, who gets it, and what happens to those that are cut off
(docs/reliability.md, rows 23 and 28)."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from local.stack import Stack
from sorami.connections import Connection, Connections
from sorami.tickets import Tickets
from sorami.times import now
from tests.support.api import Api, completed, progress, wait_for
from tests.support.live import LiveClient, live_client, open_socket, ticket
from tests.support.live_load import audiences, change_jobs, hear_out
from tests.support.tables import Tables

EXAMPLE = Path(__file__).parents[2] / "examples/live/live.js"
_EXAMPLE = """
const [example, api, token] = %s;
const { follow } = await import(example);
const print = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
await follow(api, async () => token, print, async () => {});
"""
_STATES = ["PENDING", "INITIALIZING", "GENERATING", "SAVING", "COMPLETED"]


@pytest.fixture
def connections(stack: Stack) -> Connections:
    return Connections(Tables.of(stack).client, stack.notifications_table)


@pytest.fixture
def opened() -> Iterator[Callable[[Api], LiveClient]]:
    with ExitStack() as clients:
        yield lambda api: clients.enter_context(live_client(api))


type Open = Callable[[Api], LiveClient]


def _is_refused(url: str) -> bool:
    try:
        with open_socket(url):
            return False
    except InvalidStatus as refusal:
        return refusal.response.status_code in {401, 403}


def test_a_job_is_followed_from_ticket_to_notification_and_leaving_removes_the_row(
    api: Api, connections: Connections, opened: Open
) -> None:
    client = opened(api)
    assert client.sync()["jobs"] == []
    assert len(connections.of_user(api.user)) == 1

    job_id = api.new_job("un chat astronaute", size="512x512")
    client.wait(lambda one: bool(one.of_type("notification.created")), "the notification")

    updates = client.updates(job_id)
    assert list(dict.fromkeys(update["status"] for update in updates)) == _STATES
    assert [update["version"] for update in updates] == list(range(1, len(updates) + 1))
    assert [update["progress"] for update in updates] == sorted(update["progress"] for update in updates)
    shown = api.status(job_id)
    assert updates[-1] == {"type": "job.updated", **shown, "version": len(updates)}
    [created] = client.of_type("notification.created")
    feed = api.feed()
    assert (created["notification"], created["unreadCount"]) == (feed["notifications"][0], 1)
    assert client.messages.index(updates[-1]) < client.messages.index(created)

    client.socket.close()
    wait_for(lambda: connections.of_user(api.user), lambda found: found == (), "the row to go")


def test_every_tab_of_a_user_hears_and_nobody_else(api: Api, stack: Stack, opened: Open) -> None:
    tabs = [opened(api) for _ in range(3)]
    stranger = Api.of_new_user(stack)
    other = opened(stranger)
    other.sync()
    job_id, their_job = api.new_job(), stranger.new_job()
    assert api.webhook(completed(job_id)).json()["applied"] is True
    assert stranger.webhook(completed(their_job)).json()["applied"] is True
    for tab in [*tabs, other]:
        tab.wait(lambda one: bool(one.of_type("notification.created")), "the notification")
    for tab in tabs:
        assert {update["job_id"] for update in tab.of_type("job.updated")} == {job_id}
        assert len(tab.of_type("notification.created")) == 1
    assert {update["job_id"] for update in other.of_type("job.updated")} == {their_job}


def test_sync_tells_what_was_missed_and_nothing_of_others(api: Api, stack: Stack, opened: Open) -> None:
    ended, still_open = api.new_job(), api.new_job()
    foreign = Api.of_new_user(stack).new_job()
    api.webhook(completed(ended))
    api.webhook(progress(still_open, "generating", 40))
    api.feed_with(1)
    answer = opened(api).sync(ended, foreign, "no-such-job", "01a20519-ab9e-7339-80c0-462877331fa4")
    assert {job["job_id"]: job["status"] for job in answer["jobs"]} == {ended: "COMPLETED", still_open: "GENERATING"}
    assert {job["job_id"]: job["version"] for job in answer["jobs"]} == {ended: 2, still_open: 2}
    assert (answer["complete"], answer["unreadCount"]) == (True, 1)


def test_ping_and_what_nobody_understands_are_answered(api: Api, opened: Open) -> None:
    client = opened(api)
    assert client.ask({"type": "ping"}, "pong") == {"type": "pong"}
    bad: dict[str, Any] = {
        "invalid_message": ["no json", "[]", {"type": "destroy"}, {"type": "sync", "job_ids": "x"}, {}],
        "message_too_large": ["x" * 5000],
    }
    for code, messages in bad.items():
        for message in messages:
            assert client.ask(message, "error")["code"] == code
    assert not client.is_closed


def test_row_28_a_ticket_that_is_used_expired_forged_or_of_no_one_opens_nothing(
    api: Api, stack: Stack, connections: Connections
) -> None:
    url = ticket(api)["url"]
    base = url.partition("?")[0]
    tickets = Tickets(Tables.of(stack).client, stack.notifications_table)
    expired = tickets.issue(api.user, datetime.now(UTC) - timedelta(seconds=90))
    assert not _is_refused(url)
    assert _is_refused(url)
    assert _is_refused(f"{base}?ticket={expired.text}")
    assert _is_refused(f"{base}?ticket={'x' * 43}")
    assert _is_refused(f"{base}?ticket=")
    assert _is_refused(base)
    assert _is_refused(f"{base}?ticket={stack.token(api.user)}")
    wait_for(lambda: connections.of_user(api.user), lambda found: found == (), "nobody to be connected")


def test_row_28_of_many_who_show_one_ticket_one_gets_in(api: Api) -> None:
    url = ticket(api)["url"]
    with ThreadPoolExecutor(8) as crowd:
        assert sorted(crowd.map(lambda _: _is_refused(url), range(8))) == [False] + [True] * 7


def test_row_23_a_connection_that_is_gone_loses_its_row_and_the_others_get_theirs(
    api: Api, connections: Connections, opened: Open
) -> None:
    here = opened(api)
    here.sync()
    [alive] = connections.of_user(api.user)
    long_ago, just_now = datetime.now(UTC) - timedelta(minutes=1), datetime.now(UTC) + timedelta(minutes=5)
    gone = Connection(connection_id="gone-for-a-minute", user_id=api.user, connected_at=long_ago)
    coming = Connection(connection_id="still-connecting", user_id=api.user, connected_at=just_now)
    for one in (gone, coming):
        connections.add(one)
    job_id = api.new_job()
    api.webhook(completed(job_id))
    here.wait(lambda one: bool(one.of_type("notification.created")), "the notification")
    assert [update["version"] for update in here.updates(job_id)] == [1, 2]
    wait_for(
        lambda: [one.connection_id for one in connections.of_user(api.user)],
        lambda ids: ids == [alive.connection_id, coming.connection_id],
        "only the row of the connection that is gone to go",
    )
    connections.remove(api.user, coming.connection_id)


def test_row_23_after_a_pulled_plug_a_new_connection_catches_up_without_a_gap(api: Api, opened: Open) -> None:
    first = opened(api)
    first.sync()
    job_id = api.new_job()
    first.wait(lambda one: bool(one.updates(job_id)), "the first state")
    first.pull_the_plug()
    for event in (progress(job_id, "generating", 30), progress(job_id, "saving", 90)):
        assert api.webhook(event).json()["applied"] is True
    second = opened(api)
    [job] = second.sync(job_id)["jobs"]
    assert (job["status"], job["progress"], job["version"]) == ("SAVING", 90, 3)
    assert api.webhook(completed(job_id)).json()["applied"] is True
    second.wait(lambda one: bool(one.of_type("notification.created")), "the notification")
    newer = [update["version"] for update in second.updates(job_id) if update["version"] > job["version"]]
    assert newer == [4]


def test_many_connections_hear_everything_of_jobs_at_once_exactly_once_and_in_order(stack: Stack) -> None:
    """A small one of `make load-live`."""
    with audiences(stack, users=2, connections=8) as made:
        heard = hear_out(change_jobs(made, jobs=4, events=8, at_once=4), events=8)
    assert heard.is_everything, heard


def test_the_example_client_follows_a_job(api: Api, stack: Stack) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    script = _EXAMPLE % json.dumps([EXAMPLE.as_uri(), stack.api_url, stack.token(api.user)])
    command = [node, "--experimental-websocket", "--input-type=module", "--eval", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as example:
        try:
            assert example.stdout is not None
            first = json.loads(example.stdout.readline())
            assert (first["type"], first["jobs"]) == ("sync", [])
            job_id = api.new_job("un chat", size="512x512")
            seen = [first]
            while seen[-1]["type"] != "notification.created":
                seen.append(json.loads(example.stdout.readline()))
            assert [one["status"] for one in seen if one.get("job_id") == job_id][-1] == "COMPLETED"
        finally:
            example.kill()


def test_of_21_connections_the_oldest_is_told_and_hung_up(api: Api, connections: Connections, opened: Open) -> None:
    clients = [opened(api) for _ in range(21)]
    clients[0].wait(lambda one: one.is_closed, "the oldest to be closed")
    assert clients[0].messages[-1] == {"type": "closing", "reason": "too_many_connections"}
    assert len(connections.of_user(api.user)) == 20
    assert clients[1].ask({"type": "ping"}, "pong")
    assert not any(client.is_closed for client in clients[1:])


def test_who_is_no_longer_known_is_told_to_connect_again(api: Api, connections: Connections, opened: Open) -> None:
    client = opened(api)
    client.sync()
    [connection] = connections.of_user(api.user)
    connections.remove(api.user, connection.connection_id)
    for message in ({"type": "ping"}, {"type": "sync"}):
        assert client.ask(message, "error")["code"] == "unknown_connection"


def test_a_ticket_says_until_when_it_is_good(api: Api, stack: Stack) -> None:
    before = now().replace(microsecond=0)  # as tickets are: whole seconds
    issued = ticket(api)
    assert before <= datetime.fromisoformat(issued["expires_at"]) - timedelta(minutes=1) <= now()
    assert issued["url"].startswith(f"{stack.websocket_url}?ticket=")
    assert api.user not in issued["url"]
