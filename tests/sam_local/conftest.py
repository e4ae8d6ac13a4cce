"""A local stack whose own functions stand still, and the same functions in Lambda's containers: what happens, they do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import http
from local.aws import Clients
from local.sam_local import docker
from local.sam_local.serving import Serving, serving
from local.stack import Options, Stack, running_stack
from ops.stack import place_of


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all that these tests start; without Docker they start nothing."""
    if reason := docker.missing():
        pytest.skip(reason)
    return tmp_path_factory.mktemp("sam-local")


@pytest.fixture(scope="session")
def stack(state: Path) -> Iterator[Stack]:
    """Its functions may run no times at once (ReservedConcurrentExecutions); the local engine keeps to that, and it is asked.

    On AWS that holds for all versions of a function, in the engine for the unpublished one alone: so aliases are led to it.
    """
    with running_stack(state / "stack", Options(backend_env={"SECONDS_PER_JOB": "0"})) as running:
        functions = Clients(running.aws_endpoint_url).functions
        for name in running.functions.values():
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
            for alias in functions.list_aliases(FunctionName=name)["Aliases"]:
                functions.update_alias(FunctionName=name, Name=alias["Name"], FunctionVersion="$LATEST")
        assert not http.answers(f"{running.api_url}/health")
        yield running


@pytest.fixture(scope="session")
def containers(stack: Stack, state: Path) -> Iterator[Serving]:
    """Afterwards no container of theirs is left, and no image that was not there before."""
    before = docker.built_images().keys()
    with serving(place_of(str(state / "stack")), state / "containers") as running:
        yield running
    assert docker.containers_of(running.sam.folder) == []
    assert docker.built_images().keys() == before
