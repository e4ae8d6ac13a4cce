"""What `sam build` made, alone on the path of a bare Python: its size, and one real call of each service."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from building.budget import TOTAL, size_of
from building.services import known_services
from local.environment import ACCESS_KEY, REGION, ROOT, SECRET_KEY
from local.folders import locked
from local.record import STATE
from local.stack import Stack
from tests.support.template import properties, resources

BUILT = STATE / "build/.aws-sam/build"
COMMON = BUILT / "CommonLayer/python"
FUNCTIONS = sorted(resources("AWS::Serverless::Function"))

CALLS = {
    "apigatewaymanagementapi": "post_to_connection(ConnectionId='bm9ib2R5', Data=b'x')",
    "dynamodb": "get_item(TableName={jobs_table!r}, Key={{'job_id': {{'S': 'x'}}}})",
    "s3": "list_objects_v2(Bucket={images_bucket!r}, MaxKeys=1)",
    "secretsmanager": "get_secret_value(SecretId={secret!r})",
    "sns": "publish(TopicArn={topic!r}, Message='x')",
    "sqs": "receive_message(QueueUrl={queue!r})",
}


@pytest.fixture(autouse=True)
def nobody_builds(stack: Stack) -> Iterator[None]:
    """Another worker's stack is built into the same folder, which is half empty meanwhile."""
    with locked(STATE / "build", wait=True):
        yield


def run(code: str, *folders: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """In a Python without site-packages, which finds nothing but these folders."""
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        **variables,
    }
    command = [os.path.realpath(sys.executable), "-S", "-B", "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_and_its_layers_are_26_mb_at_most_and_all_compiled(function: str, stack: Stack) -> None:
    folders = [BUILT / function, COMMON, *([BUILT / "DocsLayer/python"] if "Layers" in properties(function) else [])]
    assert 0 < sum(size_of(folder) for folder in folders) <= TOTAL
    for folder in (BUILT / function, COMMON):
        sources = set(folder.rglob("*.py"))
        assert sources
        assert len(list(folder.rglob("*.cpython-313.pyc"))) == len(sources)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_imported_from_its_bundle_alone_and_without_a_word(function: str, stack: Stack) -> None:
    code = f"import {function.removesuffix('Function').lower()}.app"
    done = run(code, BUILT / function, COMMON, AWS_LAMBDA_FUNCTION_NAME=function)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("service", sorted(known_services(ROOT / "layers/common/sorami/clients.py")))
def test_each_service_is_called_from_the_trimmed_bundle(service: str, stack: Stack) -> None:
    made = stack.resources
    names = {"secret": made["ServiceSecret"], "topic": made["NotificationsTopic"], "queue": made["ParkedRecords"]}
    call = CALLS[service].format(jobs_table=stack.jobs_table, images_bucket=stack.images_bucket, **names)
    assert stack.websocket_url is not None
    live = stack.websocket_url.replace("ws", "http", 1)
    code = f"""
from botocore.exceptions import ClientError
from sorami.clients import client
try:
    print(client({service!r}).{call}["ResponseMetadata"]["HTTPStatusCode"])
except ClientError as error:
    print(error.response["Error"]["Code"])
"""
    done = run(code, COMMON, AWS_ENDPOINT_URL=stack.aws_endpoint_url, AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=live)
    assert done.stdout.strip() in {"200", "GoneException"}, done.stderr


def test_a_url_is_presigned_for_the_buckets_region_from_the_trimmed_bundle(stack: Stack) -> None:
    code = """
from sorami.presigning import presigner
file = {"Bucket": "pictures", "Key": "a.png", "ContentType": "image/png"}
print(presigner().generate_presigned_url("put_object", Params=file, ExpiresIn=60))
print(presigner().generate_presigned_post(Bucket="pictures", Key="a.png")["url"])
"""
    done = run(code, COMMON)
    url, form = done.stdout.splitlines()
    assert url.startswith(f"https://pictures.s3.{REGION}.amazonaws.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256"), done.stderr
    assert form == f"https://pictures.s3.{REGION}.amazonaws.com/"


def test_powertools_ships_lazy(stack: Stack) -> None:
    code = """
import sys
from aws_lambda_powertools import Logger, Metrics
print("aws_lambda_powertools.tracing" in sys.modules)
from aws_lambda_powertools.utilities.batch import BatchProcessor
print("aws_lambda_powertools.utilities.data_classes.ses_event" in sys.modules)
"""
    assert run(code, COMMON).stdout.split() == ["False", "False"]
