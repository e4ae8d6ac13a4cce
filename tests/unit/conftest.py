"""What unit tests share: moto with the template's resources (one set per module), functions with the template's
environment, and caches that no test inherits."""

import sys
from collections.abc import Callable, Iterator

import boto3
import pytest
import responses
from moto import mock_aws

import sorami.clients
from tests.support.stack import REGION, SECRETS, Stack

CURSOR_SECRET = {"key": "the-key-of-cursors"}

_CACHED = {
    "sorami.settings": ["load"],
    "sorami.backend": ["session"],
    "sorami.presigning": ["presigner"],
    "generate.app": ["artifacts", "submission"],
    "webhook.app": ["recording", "secret"],
    "query.app": ["cursors", "images", "notifications"],
    "query.documents": ["_read"],
    "discard.app": ["discarding"],
    "notify.app": ["telling", "parking", "pushing"],
    "live.app": ["tickets", "connecting", "answering"],
    "ingest.app": ["copying"],
    "reconcile.app": ["backend", "reconciliation"],
}


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """Every test meets a new worker: nothing that a function keeps between requests survives."""
    _clear_caches()
    yield
    _clear_caches()


def _clear_caches() -> None:
    for module, names in _CACHED.items():
        for name in names if module in sys.modules else ():
            getattr(sys.modules[module], name).cache_clear()
    sorami.clients._clients.clear()


@pytest.fixture(scope="module")
def moto_stack() -> Iterator[Stack]:
    """One moto per module; its tests keep apart by users and job ids of their own."""
    with pytest.MonkeyPatch.context() as surroundings:
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            surroundings.delenv(name, raising=False)
        surroundings.setenv("AWS_DEFAULT_REGION", REGION)
        surroundings.setenv("AWS_EC2_METADATA_DISABLED", "true")
        surroundings.setattr(boto3, "DEFAULT_SESSION", None)
        sorami.clients.session.cache_clear()
        with mock_aws():
            yield Stack()


@pytest.fixture
def stack(moto_stack: Stack) -> Stack:
    """The stack with its secrets as they were."""
    moto_stack.put_secret("ServiceSecret", SECRETS)
    moto_stack.put_secret("CursorSecret", CURSOR_SECRET)
    return moto_stack


@pytest.fixture
def deploy(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`deploy("QueryFunction", Locale="en")`: from here on the environment is that function's, as the template says."""

    def set_environment(function: str, **parameters: str) -> None:
        for name, value in stack.environment(function, **parameters).items():
            monkeypatch.setenv(name, value)
        _clear_caches()

    return set_environment


@pytest.fixture
def http(stack: Stack) -> Iterator[responses.RequestsMock]:
    """The generation backend's side of HTTP. What nobody expected to be asked is refused like a closed port."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
