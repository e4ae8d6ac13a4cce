import http.server
import ipaddress
from collections.abc import Iterator

import pytest
import requests

from local.ports import LOOPBACK
from local.sam_local import relay
from local.sam_local.relay import reachable_from_containers
from tests.support.serving import serving

CONTENT = bytes(range(256)) * 4_000


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:  # its base class's names
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Asked-Of", self.headers["Host"])
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def inside() -> Iterator[str]:
    with serving(http.server.ThreadingHTTPServer((LOOPBACK, 0), Echo)) as url:
        yield url


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bridge whose address on this machine is 127.0.0.1, and none of whose containers are."""
    monkeypatch.setattr(relay, "_bridge", lambda: (ipaddress.IPv4Network("192.0.2.0/24"), "127.0.0.1"))


@pytest.mark.usefixtures("bridge")
def test_bytes_go_through_in_both_directions_as_they_are(inside: str) -> None:
    with reachable_from_containers(inside) as outside:
        assert outside != inside
        answer = requests.put(outside, data=CONTENT, timeout=20)
    assert answer.content == CONTENT
    assert answer.headers["Asked-Of"] == outside.removeprefix("http://")


@pytest.mark.usefixtures("bridge")
def test_strangers_are_hung_up_on(inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_is_of_this_machine", lambda _: False)
    with reachable_from_containers(inside) as outside, pytest.raises(requests.ConnectionError):
        requests.put(outside, data=CONTENT, timeout=20)


def test_an_address_is_of_this_machine_if_it_can_be_taken_here() -> None:
    assert relay._is_of_this_machine("127.0.0.1")
    assert not relay._is_of_this_machine("192.0.2.250")


@pytest.mark.usefixtures("bridge")
def test_the_door_is_shut_when_the_block_is_left_however(inside: str) -> None:
    with pytest.raises(KeyError), reachable_from_containers(inside) as outside:
        raise KeyError
    with pytest.raises(requests.ConnectionError):
        requests.put(outside, data=b"", timeout=20)


def test_without_an_address_of_the_bridge_here_docker_desktops_name_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps its bridge in a machine of its own."""
    monkeypatch.setattr(relay, "_bridge", lambda: (ipaddress.IPv4Network("192.0.2.0/24"), "192.0.2.250"))
    with reachable_from_containers("http://127.0.0.1:4566") as outside:
        assert outside == "http://host.docker.internal:4566"
