"""Pushes news to the live connections of their owners, after everything that must not be lost is done.

A push is tried once: a client that misses one learns of it by its next `sync` (docs/live.md). Connections get theirs side by
side, each in the order of the stream; one that fails gets no more in this batch and holds up nobody.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from notify.news import News
from notify.outage import Outage
from sorami.channel import ConnectionGone, NotSent, Posting
from sorami.connections import Connection, Connections
from sorami.errors import StoreUnavailable
from sorami.feed import Feed
from sorami.observability import logger, name_job
from sorami.values import dataclass
from sorami.wire.live import Message, job_updated, notification_created

LOOK_UP_SECONDS: Final = 17
"""The connections and the unread count of a user, from a table that does not answer: two calls of 8 s (sorami.clients)."""
PUSH_SECONDS: Final = 4
REMOVE_SECONDS: Final = 17
YOUNG: Final = timedelta(seconds=30)
"""The gateway calls a connection gone as well while its `$connect` is still running; the row of one so young stays."""

_MOST_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One connection, and what it is sent, one after the other."""

    connection: Connection
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushing:
    """What pushing needs from the outside; `has_time(seconds)`: whether so much of what pushes may take is left."""

    connections: Connections
    feed: Feed
    channel: Posting
    outage: Outage
    clock: Callable[[], datetime]

    def push(self, news: Sequence[News], has_time: Callable[[float], bool]) -> Counter[str]:
        """Every message to every connection of its user, as far as time allows. Returns how many met which fate."""
        if self.outage.is_likely:
            return Counter(PushesLeftOut=len(news))
        self.outage.begin_batch()
        lanes, left_out = self._lanes(news, has_time)
        if not lanes:
            return left_out
        with ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, len(lanes))) as pool:
            return sum(pool.map(lambda lane: self._send(lane, has_time), lanes), left_out)

    def _lanes(self, news: Sequence[News], has_time: Callable[[float], bool]) -> tuple[list[Lane], Counter[str]]:
        """Each connection with its messages. One look per user and batch suffices: whoever connects after it asks for its state
        after it too, and all that this batch tells of happened before."""
        lanes: list[Lane] = []
        left_out: Counter[str] = Counter()
        for user_id, of_user in _by_user(news).items():
            if not has_time(LOOK_UP_SECONDS):
                left_out["PushesLeftOut"] += len(of_user)
            elif connections := self.connections.of_user(user_id):
                messages = self._messages(user_id, of_user)
                lanes += [Lane(connection=connection, messages=messages) for connection in connections]
        return lanes, left_out

    def _messages(self, user_id: str, news: Sequence[News]) -> Sequence[Message]:
        unread = self.feed.unread_count(user_id) if any(one.notification for one in news) else 0
        messages: list[Message] = []
        for one in news:
            messages.append(job_updated(one.job))
            if one.notification:
                messages.append(notification_created(one.notification, unread))
        return messages

    def _send(self, lane: Lane, has_time: Callable[[float], bool]) -> Counter[str]:
        fates: Counter[str] = Counter()
        for number, message in enumerate(lane.messages):
            if self.outage.is_likely or not has_time(PUSH_SECONDS):
                return fates + Counter(PushesLeftOut=len(lane.messages) - number)
            if "job_id" in message:  # a notification follows the message of its own job
                name_job(message["job_id"])
            try:
                self.channel.post(lane.connection.connection_id, message)
            except ConnectionGone:
                return fates + self._forget(lane.connection, has_time)
            except NotSent as error:
                self.outage.note(sent=False)
                logger.warning("push failed", extra={"connection_id": lane.connection.connection_id, "reason": str(error)})
                return fates + Counter(PushesFailed=1, PushesLeftOut=len(lane.messages) - number - 1)
            self.outage.note(sent=True)
            fates["PushesSent"] += 1
        return fates

    def _forget(self, connection: Connection, has_time: Callable[[float], bool]) -> Counter[str]:
        if self.clock() - connection.connected_at < YOUNG or not has_time(REMOVE_SECONDS):
            return Counter(ConnectionsNotThere=1)
        try:
            self.connections.remove(connection.user_id, connection.connection_id)
        except StoreUnavailable:  # the next push finds it gone again
            return Counter(ConnectionsNotThere=1)
        return Counter(ConnectionsRemoved=1)


def _by_user(news: Sequence[News]) -> Mapping[str, Sequence[News]]:
    found: dict[str, list[News]] = {}
    for one in news:
        found.setdefault(one.job.user_id, []).append(one)
    return found
