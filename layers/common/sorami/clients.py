"""AWS clients, one of each per worker, with limits well below any function's timeout.

They are boto3's, made by botocore itself: boto3 around it adds transfers and resources, which nothing here uses and every cold
start would load.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from botocore.config import Config
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

# Three attempts of the standard mode end within 8 s even against a silent endpoint; functions have 15 s and more.
_LIMITS = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3})
# Left alone, botocore presigns for the global host name, which answers a new bucket elsewhere with a redirect; "virtual" names
# the region. (A local engine under a numeric address still gets path-style URLs.)
_PRESIGNING = _LIMITS.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))

# A message that may have arrived is not sent again, and no connection holds up the others for long. Its endpoint comes from the
# environment: AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI (template.yaml).
_PUSHING = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=32
)

_CONFIGS = {"s3": _PRESIGNING, "apigatewaymanagementapi": _PUSHING}

_clients: dict[str, Any] = {}


class _Later:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)


def later[C](make: Callable[[], C]) -> C:
    """A client that is made when it is first used, for what a first request seldom needs: `later(lambda: client("s3"))`."""
    return cast("C", _Later(make))


class _Descriptions(JSONFileLoader):
    """Reads the services' descriptions without botocore's ordered dictionaries, which take twice as long: plain ones keep their
    order as well. Those that are packed, which none is in the layer, are left to botocore."""

    def load_file(self, file_path: str) -> Any:
        try:
            return json.loads(Path(f"{file_path}.json").read_bytes())
        except FileNotFoundError:
            return super().load_file(file_path)


# As botocore's events call services: those that have clients here, and those that it may ask for credentials.
_SERVICES = {"apigatewaymanagementapi", "dynamodb", "s3", "secrets-manager", "signin", "sns", "sqs", "sso-oidc", "sts"}


def _handlers() -> HierarchicalEmitter:
    """Botocore's own handlers, of these services alone, none for its documents: all of them take as long as making a client."""
    events = HierarchicalEmitter()
    kinds = {REGISTER_FIRST: events.register_first, REGISTER_LAST: events.register_last}
    for event, handler, *kind in BUILTIN_HANDLERS:
        name, service = f"{event}.".split(".")[:2]
        if name != "docs" and service in {"", *_SERVICES}:
            register = kinds[kind[0]] if kind else events.register
            register(event, handler)
    return events


@cache
def session() -> Session:
    """The worker's one session: its clients share what it has read."""
    made = Session(event_hooks=_handlers(), include_builtin_handlers=False)
    made.register_component("data_loader", Loader(file_loader=_Descriptions()))
    return made


@overload
def client(service: Literal["apigatewaymanagementapi"]) -> "ApiGatewayManagementApiClient": ...
@overload
def client(service: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(service: Literal["s3"]) -> "S3Client": ...
@overload
def client(service: Literal["secretsmanager"]) -> "SecretsManagerClient": ...
@overload
def client(service: Literal["sns"]) -> "SNSClient": ...
@overload
def client(service: Literal["sqs"]) -> "SQSClient": ...
def client(service: Any) -> Any:
    """The worker's client for the service, made on first use."""
    if service not in _clients:
        _clients[service] = session().create_client(service, config=_CONFIGS.get(service, _LIMITS))
    return _clients[service]
