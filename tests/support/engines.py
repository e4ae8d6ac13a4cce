"""The engines on which the store is tried: conditional writes, indexes and streams that were not made by us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from botocore.config import Config

from local.aws import DIRECT, admin_session
from local.ministack import ministack
from local.ports import LOOPBACK, reserved_port
from tests.support.dynamodb_local import dynamodb_local, why_not
from tests.support.stack import table_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

MINISTACK: Final = "MiniStack"
DYNAMODB_LOCAL: Final = "DynamoDB Local"
JOBS: Final = "jobs"
NOTIFICATIONS: Final = "notifications"

_THREADS = 64


@dataclass(frozen=True)
class Engine:
    """A running engine with both tables of the template."""

    name: str
    url: str

    def __str__(self) -> str:
        return self.name

    @cached_property
    def client(self) -> "DynamoDBClient":
        # The engines validate what they get; what boto3 thinks of it, and how it introduces itself, takes much of each call.
        quick = Config(max_pool_connections=_THREADS, parameter_validation=False, user_agent="tests")
        return self.client_with(DIRECT.merge(quick))

    @cached_property
    def streams(self) -> "DynamoDBStreamsClient":
        return admin_session().client("dynamodbstreams", endpoint_url=self.url, config=DIRECT)

    def client_with(self, config: Config) -> "DynamoDBClient":
        return admin_session().client("dynamodb", endpoint_url=self.url, config=config)


@contextmanager
def running(name: str, run_dir: Path) -> Iterator[Engine]:
    with _started(name, run_dir) as url:
        engine = Engine(name, url)
        engine.client.create_table(TableName=JOBS, **table_of("JobsTable"))
        engine.client.create_table(TableName=NOTIFICATIONS, **table_of("NotificationsTable"))
        yield engine


@contextmanager
def _started(name: str, run_dir: Path) -> Iterator[str]:
    if name == DYNAMODB_LOCAL:
        with dynamodb_local(run_dir) as url:
            yield url
        return
    with reserved_port() as port, ministack(run_dir, port):
        yield f"http://{LOOPBACK}:{port}"


@pytest.fixture(scope="session", params=[MINISTACK, DYNAMODB_LOCAL])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == DYNAMODB_LOCAL and (reason := why_not()):
        pytest.skip(reason)
    with running(request.param, tmp_path_factory.mktemp("engine")) as started:
        yield started
