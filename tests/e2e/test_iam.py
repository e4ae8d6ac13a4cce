"""Least privilege, enforced: of all that any function may do, each may do its own part, and is denied every other.

The list comes from the template itself (tests/security/iam_matrix.py): a permission without a call to try it with fails here.
"""

from functools import cache

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws import DIRECT, admin_session
from local.stack import Stack
from tests.security.iam_matrix import permissions
from tests.support.iam_calls import FUNCTIONS, GRANTED, GRANTED_TO_NOBODY, Call

_REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
# What an allowed call meets then: a failed condition, a key, a connection or a stream's shard that is not there.
_NO_REFUSALS = {"", "ConditionalCheckFailedException", "GoneException", "NoSuchKey", "ResourceNotFoundException"}

# Judged by the emulator in another way than by AWS; asserted from the template (tests/unit/test_template_security.py).
_ANYBODY_MAY = {"sns:Publish"}
_NOBODY_MAY = {"logs:CreateLogStream", "logs:PutLogEvents"} | {
    f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
}


@cache
def _as_function(stack_name: str, role: str, endpoint_url: str) -> boto3.Session:
    admin = admin_session()
    arn = admin.client("iam", endpoint_url=endpoint_url, config=DIRECT).get_role(RoleName=role)["Role"]["Arn"]
    sts = admin.client("sts", endpoint_url=endpoint_url, config=DIRECT)
    given = sts.assume_role(RoleArn=arn, RoleSessionName=stack_name)["Credentials"]
    return boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=admin.region_name)


def _code(call: Call, function: str, stack: Stack) -> str:
    """The error code with which the call ends under the function's role, or `""`."""
    session = _as_function(stack.stack_name, stack.resources[f"{function}Role"], stack.aws_endpoint_url)
    try:
        call(session, stack)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def _of(function: str) -> set[tuple[str, str]]:
    """Traces and further buckets aside: they are granted under conditions that no local stack meets."""
    return {(one.action, one.resource) for one in permissions() if one.function == function and not one.condition}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_all_that_the_template_grants_it(function: str, stack: Stack) -> None:
    granted = sorted(_of(function))
    calls = {permission: GRANTED[permission] for permission in granted}
    ended = {one: _code(call, function, stack) for one, call in calls.items() if one[0] not in _NOBODY_MAY}
    assert len(ended) >= 2
    assert {permission: code for permission, code in ended.items() if code not in _NO_REFUSALS} == {}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_denied_all_that_only_others_may_do(function: str, stack: Stack) -> None:
    others = [one for one in sorted(GRANTED.keys() - _of(function)) if one[0] not in _ANYBODY_MAY | _NOBODY_MAY]
    ended = {permission: _code(GRANTED[permission], function, stack) for permission in others}
    assert {permission: code for permission, code in ended.items() if code not in _REFUSALS} == {}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_denied_what_nobody_may_do(function: str, stack: Stack) -> None:
    ended = {deed: _code(call, function, stack) for deed, call in GRANTED_TO_NOBODY.items()}
    assert {deed: code for deed, code in ended.items() if code not in _REFUSALS} == {}
