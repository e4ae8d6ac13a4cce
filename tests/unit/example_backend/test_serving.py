"""Clients that take their time, against the real server."""

import socket
import threading
from collections.abc import Iterator

import pytest
from waitress.server import BaseWSGIServer  # type: ignore[import-untyped]

from examples.backend.app import create_app
from examples.backend.service import Backend
from examples.backend.serving import open_server
from examples.backend.settings import Settings

PATIENCE = 10.0
START = b"POST /api/images/generate HTTP/1.1\r\nHost: me\r\n"


@pytest.fixture
def server(settings: Settings) -> Iterator[BaseWSGIServer]:
    """It gives a request a third of a second."""
    server = open_server(create_app(Backend(settings)), "127.0.0.1", 0, looks_every=0)
    server.adj.channel_timeout, server.adj.asyncore_loop_timeout = 0.3, 0.02
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    yield server
    server.task_dispatcher.shutdown()
    server.asyncore.close_all(server._map)
    serving.join(PATIENCE)


def hangs_up(connection: socket.socket) -> bool:
    """Whether the other side does, while a byte is sent now and then."""
    connection.settimeout(0.05)
    for _ in range(round(PATIENCE / 0.05)):
        try:
            connection.sendall(b"x")
            if connection.recv(1) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@pytest.fixture
def connection(server: BaseWSGIServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.effective_port), PATIENCE) as connection:
        yield connection


@pytest.mark.parametrize("begun", [b"", b"Content-Length: 1000\r\n\r\n{"], ids=["headers", "body"])
def test_a_request_that_dribbles_is_hung_up_on(connection: socket.socket, begun: bytes) -> None:
    connection.sendall(START + begun)
    assert hangs_up(connection)


def test_a_body_that_is_much_too_large_is_refused_before_it_comes(connection: socket.socket) -> None:
    connection.sendall(START + b"Content-Length: 2000000\r\n\r\n")
    assert b" 413 " in connection.recv(1000)
