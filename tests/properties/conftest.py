"""MiniStack's DynamoDB alone, with the jobs table of the template."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from local.aws import DIRECT, admin_session
from local.ministack import ministack
from local.ports import LOOPBACK, free_port
from tests.support.stack import table_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator["DynamoDBClient"]:
    port = free_port()
    with ministack(tmp_path_factory.mktemp("ministack"), port):
        client = admin_session().client("dynamodb", endpoint_url=f"http://{LOOPBACK}:{port}", config=DIRECT)
        client.create_table(TableName="jobs", **table_of("JobsTable"))
        yield client
