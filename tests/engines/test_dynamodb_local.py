"""DynamoDB Local cannot be told to listen on the loopback interface alone, so it is kept in a network of its own."""

from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from local.ports import LOOPBACK
from tests.support.engines import DYNAMODB_LOCAL, Engine


@pytest.mark.parametrize("engine", [DYNAMODB_LOCAL], indirect=True)
def test_dynamodb_local_has_a_network_of_its_own_and_is_met_on_the_loopback_interface(engine: Engine) -> None:
    assert urlsplit(engine.url).hostname == LOOPBACK
    # There may be two for a while: one engine of a module that ends, and one of a module that begins.
    javas = [process.pid for process in psutil.Process().children(recursive=True) if process.name() == "java"]
    assert javas
    assert _network(psutil.Process().pid) not in {_network(pid) for pid in javas}


def _network(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())
