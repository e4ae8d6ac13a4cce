from typing import Self

import pytest

from local import ports
from local.failures import BadOption, PortInUse


class Loopback:
    """A socket module's socket on a machine where 8080 is taken and 40000 is the next free port."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def setsockopt(self, *_: object) -> None:
        pass

    def bind(self, address: tuple[str, int]) -> None:
        assert address[0] == "127.0.0.1"
        if address[1] == 80:
            raise PermissionError(13, "Permission denied")
        if address[1] == 8080:
            raise OSError(98, "Address already in use")

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", 40000)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.ports.socket.socket", Loopback)


def test_a_port_in_use_is_refused_in_one_sentence_that_names_it() -> None:
    with pytest.raises(PortInUse, match=r"^Port 8080 is already in use on 127\.0\.0\.1: .*such as PORT=8081\.$"):
        ports.claim_port(8080)


def test_a_port_for_which_one_must_be_root_is_not_called_taken() -> None:
    with pytest.raises(BadOption, match=r"^You may not open port 80 "):
        ports.claim_port(80)


def test_a_free_port_is_taken_as_asked_and_none_asked_means_any() -> None:
    assert ports.claim_port(8081) == 8081
    assert ports.claim_port(0) == 40000
