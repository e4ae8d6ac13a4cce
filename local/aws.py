"""boto3 for MiniStack's root user, deaf to every AWS_* variable and profile of the person who runs it."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
from mypy_boto3_cloudformation import CloudFormationClient
from mypy_boto3_lambda import LambdaClient
from mypy_boto3_logs import CloudWatchLogsClient
from mypy_boto3_s3 import S3Client
from mypy_boto3_secretsmanager import SecretsManagerClient

from local.environment import ACCESS_KEY, REGION, SECRET_KEY

# proxies={}: an HTTP_PROXY in the environment is not for the loopback interface.
DIRECT = Config(proxies={}, retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=30)


def admin_session() -> boto3.Session:
    """Give each client `endpoint_url` and `config=DIRECT`; without an endpoint these credentials open nothing anywhere."""
    nowhere: dict[str, Any] = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    inner = botocore.session.Session(session_vars=nowhere)
    return boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION, botocore_session=inner)


@dataclass(frozen=True)
class Clients:
    endpoint_url: str
    session: boto3.Session = field(default_factory=admin_session)

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        return self.session.client("cloudformation", endpoint_url=self.endpoint_url, config=DIRECT)

    @cached_property
    def gateway(self) -> ApiGatewayV2Client:
        return self.session.client("apigatewayv2", endpoint_url=self.endpoint_url, config=DIRECT)

    @cached_property
    def functions(self) -> LambdaClient:
        return self.session.client("lambda", endpoint_url=self.endpoint_url, config=DIRECT)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        return self.session.client("logs", endpoint_url=self.endpoint_url, config=DIRECT)

    @cached_property
    def s3(self) -> S3Client:
        return self.session.client("s3", endpoint_url=self.endpoint_url, config=DIRECT)

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        return self.session.client("secretsmanager", endpoint_url=self.endpoint_url, config=DIRECT)
