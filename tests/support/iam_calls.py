"""One call for each action and resource of the template's roles, as that role's session, on a running stack. Each is one that
changes nothing that matters: its condition fails, or its key is not there."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from uuid import uuid4

import boto3

from local.aws import DIRECT, admin_session
from local.stack import Stack

type Call = Callable[[boto3.Session, Stack], Any]

_ABSENT = {"S": "no-such-key"}
_JOB = {"Key": {"job_id": _ABSENT}}
_ROW = {"Key": {"user_id": _ABSENT, "sort": _ABSENT}}
_NEVER: dict[str, Any] = {
    "UpdateExpression": "SET #x = :x",
    "ExpressionAttributeNames": {"#x": "x"},
    "ExpressionAttributeValues": {":x": {"S": "x"}},
}
_LATER = 900  # seconds: nobody sees the message while tests run


def client(session: boto3.Session, service: Any, stack: Stack) -> Any:
    return session.client(service, endpoint_url=stack.aws_endpoint_url, config=DIRECT)


def _jobs(operation: str, **arguments: Any) -> Call:
    return lambda session, stack: getattr(client(session, "dynamodb", stack), operation)(TableName=stack.jobs_table, **arguments)


def _feed(operation: str, **arguments: Any) -> Call:
    return lambda session, stack: getattr(client(session, "dynamodb", stack), operation)(
        TableName=stack.notifications_table, **arguments
    )


def _query(index: str | None, key: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"KeyConditionExpression": f"{key} = :user", "ExpressionAttributeValues": {":user": _ABSENT}}
    return asked if index is None else {"IndexName": index, **asked}


def _read_jobs(session: boto3.Session, stack: Stack) -> Any:
    return client(session, "dynamodb", stack).batch_get_item(RequestItems={stack.jobs_table: {"Keys": [{"job_id": _ABSENT}]}})


def _secret(logical: str) -> Call:
    return lambda session, stack: client(session, "secretsmanager", stack).get_secret_value(SecretId=stack.resources[logical])


def _file(operation: str, key: str) -> Call:
    return lambda session, stack: getattr(client(session, "s3", stack), operation)(Bucket=stack.images_bucket, Key=key)


def _list(prefix: str) -> Call:
    return lambda session, stack: client(session, "s3", stack).list_objects_v2(Bucket=stack.images_bucket, Prefix=prefix)


def _publish(session: boto3.Session, stack: Stack) -> Any:
    return client(session, "sns", stack).publish(TopicArn=stack.resources["NotificationsTopic"], Message="x")


def _send(queue: str) -> Call:
    return lambda session, stack: client(session, "sqs", stack).send_message(
        QueueUrl=stack.resources[queue], MessageBody="x", DelaySeconds=_LATER
    )


def _connection(operation: str, api: str = "LiveApi", **arguments: Any) -> Call:
    """About a connection that nobody has, on the stage of one of the stack's APIs."""

    def call(session: boto3.Session, stack: Stack) -> Any:
        place = f"{stack.aws_endpoint_url}/_aws/execute-api/{stack.resources[api]}/live"
        gateway = session.client("apigatewaymanagementapi", endpoint_url=place, config=DIRECT)
        return getattr(gateway, operation)(ConnectionId="nobody", **arguments)

    return call


def _log(operation: str, group: str) -> Call:
    more = {"logEvents": [{"timestamp": 1, "message": "x"}]} if operation == "put_log_events" else {}
    return lambda session, stack: getattr(client(session, "logs", stack), operation)(
        logGroupName=stack.resources[group], logStreamName=f"iam-{uuid4().hex}", **more
    )


@cache
def _stream_of(endpoint_url: str, table: str) -> tuple[str, str]:
    """The table's stream and an iterator of its first shard, as the administrator sees them."""
    admin = admin_session()
    arn = admin.client("dynamodb", endpoint_url=endpoint_url, config=DIRECT).describe_table(TableName=table)["Table"][
        "LatestStreamArn"
    ]
    streams = admin.client("dynamodbstreams", endpoint_url=endpoint_url, config=DIRECT)
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    given = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return arn, given["ShardIterator"]


def _stream(operation: str) -> Call:
    def call(session: boto3.Session, stack: Stack) -> Any:
        arn, iterator = _stream_of(stack.aws_endpoint_url, stack.jobs_table)
        arguments: dict[str, Any] = {"StreamArn": arn}
        match operation:
            case "get_records":
                arguments = {"ShardIterator": iterator}
            case "list_streams":
                arguments = {"TableName": stack.jobs_table}
            case "get_shard_iterator":
                arguments |= {"ShardId": "shardId-00000000000000000000-00000000", "ShardIteratorType": "LATEST"}
        return getattr(client(session, "dynamodbstreams", stack), operation)(**arguments)

    return call


_ONLY_A_JOB = {**_NEVER, "ConditionExpression": "attribute_exists(job_id)"}
_ONLY_A_ROW = {**_NEVER, "ConditionExpression": "attribute_exists(sort)"}
FUNCTIONS = ("Generate", "Webhook", "Query", "Discard", "Live", "Reconcile", "Notify", "Ingest")

GRANTED: Mapping[tuple[str, str], Call] = {
    ("dynamodb:PutItem", "JobsTable"): _jobs(
        "put_item", Item={"job_id": _ABSENT}, ConditionExpression="attribute_exists(job_id)"
    ),
    ("dynamodb:UpdateItem", "JobsTable"): _jobs("update_item", **_JOB, **_ONLY_A_JOB),
    ("dynamodb:GetItem", "JobsTable"): _jobs("get_item", **_JOB),
    ("dynamodb:BatchGetItem", "JobsTable"): _read_jobs,
    ("dynamodb:Query", "JobsTable/index/open"): _jobs("query", **_query("open", "open_user")),
    ("dynamodb:Query", "JobsTable/index/finished"): _jobs("query", **_query("finished", "gallery_user")),
    ("dynamodb:Query", "JobsTable/index/by_user"): _jobs("query", **_query("by_user", "user_id")),
    ("dynamodb:Scan", "JobsTable/index/open"): _jobs("scan", IndexName="open"),
    ("dynamodb:DescribeStream", "JobsTable/stream"): _stream("describe_stream"),
    ("dynamodb:GetRecords", "JobsTable/stream"): _stream("get_records"),
    ("dynamodb:GetShardIterator", "JobsTable/stream"): _stream("get_shard_iterator"),
    ("dynamodb:ListStreams", "JobsTable/stream"): _stream("list_streams"),
    ("dynamodb:PutItem", "NotificationsTable"): _feed(
        "put_item", Item={"user_id": _ABSENT, "sort": _ABSENT}, ConditionExpression="attribute_exists(sort)"
    ),
    ("dynamodb:UpdateItem", "NotificationsTable"): _feed("update_item", **_ROW, **_ONLY_A_ROW),
    ("dynamodb:GetItem", "NotificationsTable"): _feed("get_item", **_ROW),
    ("dynamodb:DeleteItem", "NotificationsTable"): _feed("delete_item", **_ROW),
    ("dynamodb:Query", "NotificationsTable"): _feed("query", **_query(None, "user_id")),
    ("dynamodb:Query", "NotificationsTable/index/unread"): _feed("query", **_query("unread", "user_id")),
    ("s3:PutObject", "ImagesBucket/images/*"): _file("put_object", "images/no-such-key/x.png"),
    ("s3:PutObject", "ImagesBucket/uploads/*"): _file("put_object", "uploads/no-such-key/x.png"),
    ("s3:GetObject", "ImagesBucket/images/*"): _file("get_object", "images/no-such-key/y.png"),
    ("s3:GetObject", "ImagesBucket/uploads/*"): _file("get_object", "uploads/no-such-key/y.png"),
    ("s3:DeleteObject", "ImagesBucket/images/*"): _file("delete_object", "images/no-such-key/x.png"),
    ("s3:ListBucket", "ImagesBucket"): _list("images/no-such-key/"),
    ("secretsmanager:GetSecretValue", "ServiceSecret"): _secret("ServiceSecret"),
    ("secretsmanager:GetSecretValue", "CursorSecret"): _secret("CursorSecret"),
    ("sns:Publish", "NotificationsTopic"): _publish,
    ("sqs:SendMessage", "NotifyDeadLetters"): _send("NotifyDeadLetters"),
    ("sqs:SendMessage", "IngestDeadLetters"): _send("IngestDeadLetters"),
    ("sqs:SendMessage", "ParkedRecords"): _send("ParkedRecords"),
    ("execute-api:ManageConnections", "LiveApi/live/POST/@connections/*"): _connection("post_to_connection", Data=b"x"),
    ("execute-api:ManageConnections", "LiveApi/live/DELETE/@connections/*"): _connection("delete_connection"),
    **{("logs:CreateLogStream", f"{one}Logs"): _log("create_log_stream", f"{one}Logs") for one in FUNCTIONS},
    **{("logs:PutLogEvents", f"{one}Logs"): _log("put_log_events", f"{one}Logs") for one in FUNCTIONS},
}
"""By action and resource, as tests.security.iam_matrix names them."""

GRANTED_TO_NOBODY: Mapping[str, Call] = {
    "scan all jobs": _jobs("scan"),
    "delete a job outright": _jobs("delete_item", **_JOB),
    "read everybody's notifications": _feed("scan"),
    "drop a table": lambda session, stack: client(session, "dynamodb", stack).delete_table(TableName="no-such-table"),
    "list uploads": _list("uploads/"),
    "list the whole bucket": _list(""),
    "write elsewhere in the bucket": _file("put_object", "x.png"),
    "read elsewhere in the bucket": _file("get_object", "x.png"),
    "remove an upload": _file("delete_object", "uploads/x.png"),
    "write a secret": lambda session, stack: client(session, "secretsmanager", stack).put_secret_value(
        SecretId=stack.resources["CursorSecret"], SecretString='{"key": "mine"}'
    ),
    "read parked records": lambda session, stack: client(session, "sqs", stack).receive_message(
        QueueUrl=stack.resources["ParkedRecords"], VisibilityTimeout=0
    ),
    "ask about a connection": _connection("get_connection"),
    "push on another API": _connection("post_to_connection", "HttpApi", Data=b"x"),
    "change a role": lambda session, stack: client(session, "iam", stack).delete_role_policy(
        RoleName=stack.resources["QueryRole"], PolicyName="no-such-policy"
    ),
    "become another": lambda session, stack: client(session, "sts", stack).assume_role(
        RoleArn=f"arn:aws:iam::000000000000:role/{stack.resources['ReconcileRole']}", RoleSessionName="another"
    ),
}
"""What no function may do, however harmless the call."""
