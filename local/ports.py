"""Ports on the loopback interface, the only one that anything here listens on."""

import socket

from local.failures import BadOption, PortInUse

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that is free now. Its taker must open it soon: between the two another program could."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def claim_port(port: int) -> int:
    """The asked port, checked: raises PortInUse or BadOption. Port 0 asks for any free one."""
    if port == 0:
        return free_port()
    with socket.socket() as probe:
        # A port in TIME_WAIT (a stack that was just stopped) can be taken again at once; a listening one cannot.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError as exc:
            raise BadOption(f"You may not open port {port} on this machine: choose a higher one, such as PORT=8081.") from exc
        except OSError as exc:
            raise PortInUse(port) from exc
    return port
