"""Least privilege, enforced: what each function's role may do works, what it does not need is refused."""

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws import DIRECT, admin_session
from local.stack import Stack

type Call = Callable[[boto3.Session, Stack], Any]

_ABSENT = {"S": "no-such-key"}


def _client(session: boto3.Session, service: Any, stack: Stack) -> Any:
    return session.client(service, endpoint_url=stack.aws_endpoint_url, config=DIRECT)


def _jobs(operation: str, **arguments: Any) -> Call:
    return lambda session, stack: getattr(_client(session, "dynamodb", stack), operation)(TableName=stack.jobs_table, **arguments)


def _feed(operation: str, **arguments: Any) -> Call:
    return lambda session, stack: getattr(_client(session, "dynamodb", stack), operation)(
        TableName=stack.notifications_table, **arguments
    )


def _secret(logical: str) -> Call:
    return lambda session, stack: _client(session, "secretsmanager", stack).get_secret_value(SecretId=stack.resources[logical])


def _image(operation: str, key: str) -> Call:
    return lambda session, stack: getattr(_client(session, "s3", stack), operation)(Bucket=stack.images_bucket, Key=key)


def _list(prefix: str) -> Call:
    return lambda session, stack: _client(session, "s3", stack).list_objects_v2(Bucket=stack.images_bucket, Prefix=prefix)


def _open_jobs(index: str, user: str) -> Call:
    values = {":user": _ABSENT}
    return _jobs("query", IndexName=index, KeyConditionExpression=f"{user} = :user", ExpressionAttributeValues=values)


def _publish(session: boto3.Session, stack: Stack) -> Any:
    return _client(session, "sns", stack).publish(TopicArn=stack.resources["NotificationsTopic"], Message="x")


def _connection(operation: str, api: str = "LiveApi", **arguments: Any) -> Call:
    """A call about a connection that nobody has, on the stage of one of the stack's APIs."""

    def call(session: boto3.Session, stack: Stack) -> Any:
        place = f"{stack.aws_endpoint_url}/_aws/execute-api/{stack.resources[api]}/live"
        gateway = session.client("apigatewaymanagementapi", endpoint_url=place, config=DIRECT)
        return getattr(gateway, operation)(ConnectionId="nobody", **arguments)

    return call


_NO_REFUSALS = {"", "ConditionalCheckFailedException", "GoneException", "NoSuchKey"}
_REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
_JOB_KEY = {"Key": {"job_id": _ABSENT}}
_FEED_KEY = {"Key": {"user_id": _ABSENT, "sort": _ABSENT}}
# Each allowed call is one that changes nothing: its condition fails, or its key is not there.
_NO_CHANGE = {
    "UpdateExpression": "SET #x = :x",
    "ExpressionAttributeNames": {"#x": "x"},
    "ExpressionAttributeValues": {":x": {"S": "x"}},
}
_ONLY_IF_THERE: dict[str, Any] = {**_NO_CHANGE, "ConditionExpression": "attribute_exists(job_id)"}
_CONNECTIONS = {
    "KeyConditionExpression": "user_id = :user AND begins_with(sort, :prefix)",
    "ExpressionAttributeValues": {":user": _ABSENT, ":prefix": {"S": "CONNECTION#"}},
}
_UNREAD = {"IndexName": "unread", "KeyConditionExpression": "user_id = :user", "ExpressionAttributeValues": {":user": _ABSENT}}
_OPEN = {"IndexName": "open", "KeyConditionExpression": "open_user = :user", "ExpressionAttributeValues": {":user": _ABSENT}}
_PUT_NOTHING: dict[str, Any] = {"Item": {"user_id": _ABSENT, "sort": _ABSENT}, "ConditionExpression": "attribute_exists(sort)"}

_ALLOWED: dict[str, dict[str, Call]] = {
    "Generate": {
        "update a job": _jobs("update_item", **_JOB_KEY, **_ONLY_IF_THERE),
        "read a job": _jobs("get_item", **_JOB_KEY),
        "count open jobs": _open_jobs("open", "open_user"),
        "write an upload": _image("put_object", "uploads/x.png"),
        "read an upload": _image("get_object", "uploads/x.png"),
        "read the key": _secret("ServiceSecret"),
    },
    "Webhook": {"update a job": _jobs("update_item", **_JOB_KEY, **_ONLY_IF_THERE), "read the secret": _secret("ServiceSecret")},
    "Query": {"read a job": _jobs("get_item", **_JOB_KEY), "read the cursor key": _secret("CursorSecret")},
    "Discard": {
        "update a job": _jobs("update_item", **_JOB_KEY, **_ONLY_IF_THERE),
        "read a job": _jobs("get_item", **_JOB_KEY),
        "bury a job": _jobs("put_item", Item={"job_id": _ABSENT}, ConditionExpression="attribute_exists(job_id)"),
        "list a job's files": _list("images/no-such-key/"),
        "remove a file": _image("delete_object", "images/no-such-key/x.png"),
    },
    "Notify": {
        "add a notification": _feed("put_item", **_PUT_NOTHING),
        "publish": _publish,
        "find connections": _feed("query", **_CONNECTIONS),
        "count what is unread": _feed("query", **_UNREAD),
        "forget a connection": _feed("delete_item", **_FEED_KEY),
        "push": _connection("post_to_connection", Data=b"x"),
    },
    "Live": {
        "issue a ticket": _feed("put_item", **_PUT_NOTHING),
        "take a ticket": _feed("delete_item", **_FEED_KEY),
        "see whose a connection is": _feed("get_item", **_FEED_KEY),
        "find connections": _feed("query", **_CONNECTIONS),
        "count what is unread": _feed("query", **_UNREAD),
        "find open jobs": _jobs("query", **_OPEN),
        "answer": _connection("post_to_connection", Data=b"x"),
        "hang up": _connection("delete_connection"),
    },
    "Reconcile": {
        "find what is due": _jobs("scan", IndexName="open"),
        "read a job": _jobs("get_item", **_JOB_KEY),
        "update a job": _jobs("update_item", **_JOB_KEY, **_ONLY_IF_THERE),
        "read the key": _secret("ServiceSecret"),
        "read an upload": _image("get_object", "uploads/x.png"),
    },
    "Ingest": {"read a job": _jobs("get_item", **_JOB_KEY), "update a job": _jobs("update_item", **_JOB_KEY, **_ONLY_IF_THERE)},
}
_DENIED: dict[str, dict[str, Call]] = {
    "Generate": {
        "list a user's jobs": _open_jobs("by_user", "user_id"),
        "delete a job": _jobs("delete_item", **_JOB_KEY),
        "scan the jobs": _jobs("scan"),
        "write elsewhere": _image("put_object", "x.png"),
        "read an image": _image("get_object", "images/x.png"),
        "write a notification": _feed("put_item", **_PUT_NOTHING),
        "read the cursor key": _secret("CursorSecret"),
    },
    "Webhook": {
        "read a job": _jobs("get_item", **_JOB_KEY),
        "create a job": _jobs("put_item", Item={"job_id": _ABSENT}),
        "delete a job": _jobs("delete_item", **_JOB_KEY),
        "read an image": _image("get_object", "images/x.png"),
    },
    "Query": {
        "update a job": _jobs("update_item", **_JOB_KEY, **_NO_CHANGE),
        "scan the jobs": _jobs("scan"),
        "delete a notification": _feed("delete_item", **_FEED_KEY),
        "issue a ticket": _feed("put_item", **_PUT_NOTHING),
        "push": _connection("post_to_connection", Data=b"x"),
        "write an image": _image("put_object", "images/x.png"),
        "read the webhook secret": _secret("ServiceSecret"),
    },
    "Discard": {
        "scan the jobs": _jobs("scan"),
        "delete a job outright": _jobs("delete_item", **_JOB_KEY),
        "list uploads": _list("uploads/"),
        "list everything": _list(""),
        "remove an upload": _image("delete_object", "uploads/x.png"),
        "read an image": _image("get_object", "images/x.png"),
        "write an image": _image("put_object", "images/x.png"),
        "write a notification": _feed("put_item", **_PUT_NOTHING),
        "read the secret": _secret("ServiceSecret"),
    },
    "Notify": {
        "read a job": _jobs("get_item", **_JOB_KEY),
        "update a job": _jobs("update_item", **_JOB_KEY, **_NO_CHANGE),
        "read notifications": _feed("scan"),
        "change a notification": _feed("update_item", **_FEED_KEY, **_NO_CHANGE),
        "read the secret": _secret("ServiceSecret"),
        "find open jobs": _jobs("query", **_OPEN),
        "hang up": _connection("delete_connection"),
        "ask about a connection": _connection("get_connection"),
        "push elsewhere": _connection("post_to_connection", "HttpApi", Data=b"x"),
    },
    "Live": {
        "update a job": _jobs("update_item", **_JOB_KEY, **_NO_CHANGE),
        "create a job": _jobs("put_item", Item={"job_id": _ABSENT}),
        "scan the jobs": _jobs("scan"),
        "change a notification": _feed("update_item", **_FEED_KEY, **_NO_CHANGE),
        "read everybody's rows": _feed("scan"),
        "read an image": _image("get_object", "images/x.png"),
        "read the webhook secret": _secret("ServiceSecret"),
        "push elsewhere": _connection("post_to_connection", "HttpApi", Data=b"x"),
    },
    "Reconcile": {
        "scan the whole table": _jobs("scan"),
        "create a job": _jobs("put_item", Item={"job_id": _ABSENT}),
        "delete a job": _jobs("delete_item", **_JOB_KEY),
        "write a notification": _feed("put_item", **_PUT_NOTHING),
        "write outside images/": _image("put_object", "uploads/x.png"),
        "read the cursor key": _secret("CursorSecret"),
    },
    "Ingest": {
        "scan the jobs": _jobs("scan"),
        "create a job": _jobs("put_item", Item={"job_id": _ABSENT}),
        "delete a job": _jobs("delete_item", **_JOB_KEY),
        "write a notification": _feed("put_item", **_PUT_NOTHING),
        "read an image": _image("get_object", "images/x.png"),
        "write outside images/": _image("put_object", "uploads/x.png"),
        "read the secret": _secret("ServiceSecret"),
    },
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


@pytest.mark.parametrize(("function", "deed"), [(function, deed) for function, deeds in _ALLOWED.items() for deed in deeds])
def test_a_function_may_do_what_it_needs(function: str, deed: str, stack: Stack) -> None:
    assert _code(_ALLOWED[function][deed], function, stack) in {
        "",
        "ConditionalCheckFailedException",
        "GoneException",
        "NoSuchKey",
    }


@pytest.mark.parametrize(("function", "deed"), [(function, deed) for function, deeds in _DENIED.items() for deed in deeds])
def test_a_function_is_denied_what_it_does_not_need(function: str, deed: str, stack: Stack) -> None:
    assert _code(_DENIED[function][deed], function, stack) in _REFUSALS
