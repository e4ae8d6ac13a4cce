"""What a client asks over its connection: whether it still stands, and how its jobs do."""

from typing import Final

from pydantic import ValidationError

from sorami.channel import Channel, ConnectionGone, NotSent
from sorami.connections import Connections
from sorami.errors import ServiceError
from sorami.feed import Feed
from sorami.jobs import is_job_id
from sorami.observability import logger
from sorami.store import JobStore
from sorami.texts import text
from sorami.values import dataclass
from sorami.wire.client_messages import MAX_RECEIVED_BYTES, ClientMessage
from sorami.wire.live import PONG, Message, refused, synchronized

_MOST_JOBS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What answering needs from the outside."""

    connections: Connections
    jobs: JobStore
    feed: Feed
    channel: Channel
    locale: str

    def answer(self, connection_id: str, said: str) -> None:
        """Every message is answered by one, unless its sender is gone."""
        try:
            self.channel.post(connection_id, self._answer_to(connection_id, said))
        except (ConnectionGone, NotSent) as error:  # it asks again, or has left
            logger.info("answer not sent", extra={"reason": type(error).__name__})

    def _answer_to(self, connection_id: str, said: str) -> Message:
        if len(said.encode(errors="surrogatepass")) > MAX_RECEIVED_BYTES:
            return self._refused("live.message_too_large")
        try:
            message = ClientMessage.model_validate_json(said)
        except (ValidationError, UnicodeError):
            return self._refused("live.invalid_message")
        try:
            return self._answer_to_user(connection_id, message)
        except ServiceError:
            logger.exception("cannot answer now")
            return self._refused("live.unavailable")

    def _answer_to_user(self, connection_id: str, message: ClientMessage) -> Message:
        user_id = self.connections.owner_of(connection_id)
        if user_id is None:  # it gets no messages any more and must not believe that it does
            return self._refused("live.unknown_connection")
        if message.type == "ping":
            return PONG
        followed = [job_id for job_id in message.job_ids if is_job_id(job_id)]
        found = self.jobs.open_of(user_id, limit=_MOST_JOBS, also=followed)
        return synchronized(found.jobs, self.feed.unread_count(user_id), complete=found.are_all)

    def _refused(self, key: str) -> Message:
        return refused(key.removeprefix("live."), text(key, self.locale))
