"""Ports on the loopback interface, the only one that anything here listens on."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from local.failures import BadOption, PortInUse

LOOPBACK = "127.0.0.1"


@contextmanager
def reserved_port(port: int = 0) -> Iterator[int]:
    """The asked port, or with 0 any free one, for a server that opens it while the block runs. Raises PortInUse or BadOption.

    The server may take its time (a build comes first). A port that is bound here, though nobody listens, goes on Linux to no
    program that asks for any, and still to one that asks for it with SO_REUSEADDR, as servers do. Elsewhere the server would
    be refused it too, so there it is let go at once.
    """
    with socket.socket() as holder:
        # With this a port in TIME_WAIT (a stack that was just stopped) can be taken again at once; a listening one cannot.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((LOOPBACK, port))
        except PermissionError as exc:
            raise BadOption(f"You may not open port {port} on this machine: choose a higher one, such as PORT=8081.") from exc
        except OSError as exc:
            raise PortInUse(port) from exc
        found: int = holder.getsockname()[1]
        if sys.platform != "linux":
            holder.close()
        yield found
