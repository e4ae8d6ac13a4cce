"""The deployed stack, once for all journeys, on free ports and in a folder of its own.

Jobs are left alone by reconcile for an hour there, so that a silent one stays as a test left it.
"""

from collections.abc import Iterator

import pytest

from local.stack import Options, Stack, running_stack
from tests.support.api import Api

MAX_OPEN_JOBS = 8
"""Fewer than the template's: the example backend draws each of them before it comes to the next test's."""


@pytest.hookimpl(tryfirst=True)  # before the plugin reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A stack's tests are all run by one worker, which has it to itself; the page's go to whoever is free first."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        group = "hasty" if "hasty_stack" in fixtures else "page" if "chromium" in fixtures else "plain"
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    state = tmp_path_factory.mktemp("stack")
    parameters = {"FirstLookSeconds": "3600", "MaxOpenJobsPerUser": str(MAX_OPEN_JOBS)}
    with running_stack(state, Options(parameters=parameters, backend_env={"SECONDS_PER_JOB": "1"})) as running:
        yield running


@pytest.fixture(scope="session")
def hasty_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Another one: it speaks English, asks for signed reports, looks after silent jobs after a second, gives up after six."""
    parameters = {"FirstLookSeconds": "1", "SilenceSeconds": "6", "JobDeadlineSeconds": "6", "WebhookAuth": "both"}
    options = Options(locale="en", parameters=parameters, backend_env={"SECONDS_PER_JOB": "0"})
    with running_stack(tmp_path_factory.mktemp("hasty"), options) as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    """As a user whom no other test knows."""
    return Api.of_new_user(stack)
