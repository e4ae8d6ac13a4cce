"""Real ports of the loopback interface: what an operating system allows is not worth making up."""

import socket
import sys

import pytest

from local.failures import BadOption, PortInUse
from local.ports import LOOPBACK, reserved_port


def listening(port: int) -> socket.socket:
    return socket.create_server((LOOPBACK, port))


def test_a_port_in_use_is_refused_in_one_sentence_that_names_it() -> None:
    with listening(0) as taken:
        port = taken.getsockname()[1]
        said = rf"^Port {port} is already in use on 127\.0\.0\.1: .*such as PORT=8081\.$"
        with pytest.raises(PortInUse, match=said), reserved_port(port):
            pass


def test_a_port_for_which_one_must_be_root_is_not_called_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class NotRoots(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("local.ports.socket.socket", NotRoots)
    with pytest.raises(BadOption, match=r"^You may not open port 80 "), reserved_port(80):
        pass


def test_the_asked_port_is_the_one_and_none_asked_means_any() -> None:
    with reserved_port() as port:
        assert port > 0
    with reserved_port(port) as asked:
        assert asked == port


def test_the_server_for_which_a_port_is_kept_may_open_it_again_and_again() -> None:
    with reserved_port() as port:
        for _ in range(2):
            with listening(port), socket.create_connection((LOOPBACK, port)):
                pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port for a server that has not opened it yet")
def test_nobody_else_is_given_a_port_that_is_kept() -> None:
    with reserved_port() as port, socket.socket() as another, pytest.raises(OSError, match="in use"):
        another.bind((LOOPBACK, port))


def test_where_a_kept_port_would_be_refused_to_its_server_it_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with reserved_port() as port, socket.socket() as server:
        server.bind((LOOPBACK, port))
