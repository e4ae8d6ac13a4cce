"""What our functions are held against, behind the same gateway and authorizer: one that does nothing, and one that makes the same
bare calls, on a table without a stream and on one whose stream the emulator delivers to the first."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.aws import Clients
from local.stack import Stack
from tests.support.stack import table_of

NOOP = "/bench/noop"
BARE = "/bench/{table}/{deed}"
TABLES = ("still", "streamed")

_NOOP_CODE = "def handler(event, context):\n    print('{}')\n    return {'statusCode': 200, 'body': '{}'}\n"
_BARE_CODE = (Path(__file__).parent / "bare.py").read_text(encoding="utf-8")
_ALL_OF_DYNAMODB = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}],
}
_BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def add_peers(stack: Stack, backend: str) -> None:
    """Puts them beside the deployed functions, under their authorizer."""
    clients = Clients(stack.aws_endpoint_url)
    role = _role(clients)
    noop = _function(clients, "noop", _NOOP_CODE, {"Role": role})
    ours = clients.functions.get_function(FunctionName=stack.functions["QueryFunction"])["Configuration"]
    layers = [one["Arn"] for one in ours["Layers"] if "Common" in one["Arn"]]
    environment = {"Variables": {"BACKEND_URL": backend}}
    bare = _function(clients, "bare", _BARE_CODE, {"Role": role, "Layers": layers, "Environment": environment})
    _route(clients, stack, f"GET {NOOP}", noop)
    _route(clients, stack, f"POST {BARE}", bare)
    _tables(clients, noop)


@contextmanager
def stream_unread(stack: Stack) -> Iterator[None]:
    """As long as this lasts, no function of ours is told what happens in the jobs table; afterwards they hear of it."""
    functions = Clients(stack.aws_endpoint_url).functions
    mappings = [
        one["UUID"]
        for one in functions.list_event_source_mappings()["EventSourceMappings"]
        if f"table/{stack.jobs_table}/" in one["EventSourceArn"]
    ]
    for one in mappings:
        functions.update_event_source_mapping(UUID=one, Enabled=False)
    yield
    for one in mappings:
        functions.update_event_source_mapping(UUID=one, Enabled=True)


def calls_by_stream(stack: Stack, begun: float, ended: float) -> int:
    """How often notify and ingest were called between two times (of `time.time`): the lines with which their logs end a call."""
    logs = Clients(stack.aws_endpoint_url).logs.get_paginator("filter_log_events")
    start, end = int(begun * 1000), int(ended * 1000)
    groups = [stack.resources[name] for name in ("NotifyLogs", "IngestLogs")]
    pages = [page for group in groups for page in logs.paginate(logGroupName=group, startTime=start, endTime=end)]
    return sum(event["message"].startswith("REPORT RequestId") for page in pages for event in page["events"])


def _role(clients: Clients) -> str:
    iam = clients.session.client("iam", endpoint_url=clients.endpoint_url)
    role: str = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(_BY_LAMBDA))["Role"]["Arn"]
    iam.put_role_policy(RoleName="bench", PolicyName="bench", PolicyDocument=json.dumps(_ALL_OF_DYNAMODB))
    return role


def _function(clients: Clients, name: str, code: str, more: Mapping[str, Any]) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{name}.py", code)
    made = clients.functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler=f"{name}.handler",
        Timeout=15,
        Code={"ZipFile": packed.getvalue()},
        **more,
    )
    return made["FunctionArn"]


def _route(clients: Clients, stack: Stack, key: str, function: str) -> None:
    api = stack.api_url.rpartition("/")[2]
    integration = clients.gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    authorizer = clients.gateway.get_authorizers(ApiId=api)["Items"][0]["AuthorizerId"]
    clients.gateway.create_route(
        ApiId=api, RouteKey=key, Target=f"integrations/{integration}", AuthorizationType="JWT", AuthorizerId=authorizer
    )


def _tables(clients: Clients, consumer: str) -> None:
    """As the template's jobs table; the batches of the stream as notify gets them."""
    dynamodb = clients.session.client("dynamodb", endpoint_url=clients.endpoint_url)
    for name in TABLES:
        said = table_of("JobsTable")
        if name == "still":
            del said["StreamSpecification"]
        made = dynamodb.create_table(TableName=f"bench-{name}", **said)["TableDescription"]
        if name == "streamed":
            clients.functions.create_event_source_mapping(
                EventSourceArn=made["LatestStreamArn"], FunctionName=consumer, StartingPosition="LATEST", BatchSize=25
            )
