"""Clients that take their time, against the real server."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from waitress.server import BaseWSGIServer  # type: ignore[import-untyped]

from examples.backend.app import create_app
from examples.backend.service import Backend
from examples.backend.serving import Channel, open_server
from examples.backend.settings import Settings

PATIENCE = 60.0
START = b"POST /api/images/generate HTTP/1.1\r\nHost: me\r\n"


@pytest.fixture
def server(settings: Settings) -> Iterator[BaseWSGIServer]:
    server = open_server(create_app(Backend(settings)), "127.0.0.1", 0, looks_every=0)
    server.adj.asyncore_loop_timeout = 0.02
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    yield server
    # By the thread that waits for the sockets: to close them under its hands is an error of its.
    with suppress(OSError):  # woken for another reason, that thread may have closed the trigger before it is pulled
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
    serving.join(PATIENCE)
    assert not serving.is_alive()
    server.task_dispatcher.shutdown()


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
def test_a_request_that_dribbles_is_hung_up_on(server: BaseWSGIServer, connection: socket.socket, begun: bytes) -> None:
    connection.sendall(START + begun)
    server.adj.channel_timeout = 0.3
    assert hangs_up(connection)


def test_a_body_that_is_much_too_large_is_refused_before_it_comes(connection: socket.socket) -> None:
    connection.sendall(START + b"Content-Length: 2000000\r\n\r\n")
    assert b" 413 " in connection.recv(1000)


def test_a_name_with_two_addresses_is_one_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As localhost is on most machines."""
    addresses = ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1"))

    def look_up(_host: str, _port: int, asked: int, *_more: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(family, socket.SOCK_STREAM, 6, "", (address, 0)) for family, address in addresses if asked in {0, family}]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    server = open_server(create_app(Backend(settings)), "localhost", 0)
    assert (server.effective_host, server.channel_class) == ("127.0.0.1", Channel)
    server.close()


def test_a_name_that_nobody_knows_is_an_address_that_there_is_not(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_given: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OSError, match="no such address"):
        open_server(create_app(Backend(settings)), "nowhere", 0)
