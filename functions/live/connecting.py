"""The story of a live connection: it is let in by a ticket, may be hung up for a newer one, and leaves."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sorami.channel import Channel, ConnectionGone, NotSent
from sorami.connections import Connection, Connections
from sorami.errors import StoreUnavailable
from sorami.observability import count, logger
from sorami.tickets import Tickets
from sorami.values import dataclass
from sorami.wire.live import closing

MOST_PER_USER: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """What it needs from the outside."""

    tickets: Tickets
    connections: Connections
    channel: Channel
    clock: Callable[[], datetime]

    def connect(self, connection_id: str, ticket: str) -> bool:
        """Whether the connection is let in. Raises StoreUnavailable while it has no rows: the ticket may be used up then."""
        user_id = self.tickets.redeem(ticket, self.clock())
        if user_id is None:
            return False
        self.connections.add(Connection(connection_id=connection_id, user_id=user_id, connected_at=self.clock()))
        try:
            self._make_room(user_id, connection_id)
        except StoreUnavailable as error:
            # It has its rows: refused now, it would count among the 20 and push out one that is open.
            logger.warning("could not count the user's connections", extra={"reason": str(error)})
        return True

    def _make_room(self, user_id: str, newest: str) -> None:
        # Counted after adding: of two that come at once, at least the later sees both.
        others = [one for one in self.connections.of_user(user_id) if one.connection_id != newest]
        for oldest in others[: max(0, len(others) + 1 - MOST_PER_USER)]:
            self._hang_up(oldest)

    def disconnect(self, connection_id: str) -> None:
        """Best effort, as the gateway's own call is: what stays here ends by TTL."""
        self.connections.remove_by_id(connection_id)

    def _hang_up(self, connection: Connection) -> None:
        """Its rows go first: should the rest fail, its next ping is told that nobody knows it."""
        self.connections.remove(connection.user_id, connection.connection_id)
        try:
            self.channel.post(connection.connection_id, closing("too_many_connections"))
            self.channel.hang_up(connection.connection_id)
        except (ConnectionGone, NotSent) as error:
            logger.info("nobody to hang up on", extra={"reason": type(error).__name__})
        count("ConnectionsHungUp")
