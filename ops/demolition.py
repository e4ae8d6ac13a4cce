"""Taking a stack down whole: itself, then what stays of it on purpose, the two tables and the bucket.

The stack goes first, so that nothing writes any more. Whoever is interrupted begins again: CloudFormation still knows what
a deleted stack was made of, for 90 days.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError, WaiterError

from ops.exits import ConsoleFailure, NotThere, Refused
from ops.stack import Place

_TABLES: Final = ("JobsTable", "NotificationsTable")
_BUCKET: Final = "ImagesBucket"
_ASKED: Final = {"Environment", "JwtIssuer", "BackendUrl"}
"""Parameters of every stack of this template. Without the first nobody can say whether it is in production."""
_GONE: Final = {"ResourceNotFoundException", "NoSuchBucket"}
_BATCH: Final = 1000  # S3 deletes that many objects in one request
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Remains:
    """`stack_id` names the very stack, also once it is deleted. `is_there` is whether it still stands."""

    stack_id: str
    is_there: bool
    tables: tuple[str, ...]
    bucket: str


def find(place: Place) -> Remains:
    """What a stack of that name is made of, or was. Raises NotThere, Refused."""
    cloudformation = place.client("cloudformation")
    try:
        stack_id, is_there = place.description["StackId"], True
    except NotThere:
        stack_id, is_there = _last_deleted(cloudformation, place), False
    stack = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    _check(place, {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}, stack)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    listed = [one for page in pages for one in page["StackResourceSummaries"]]
    named = {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in listed}
    return Remains(stack_id, is_there, tuple(named[name] for name in _TABLES if named.get(name)), named.get(_BUCKET, ""))


def take_down(place: Place, remains: Remains, tell: Tell) -> None:
    """Raises ConsoleFailure where the stack does not go, and botocore's errors; what is gone already is no matter."""
    if remains.is_there:
        _delete_stack(place, remains.stack_id)
        tell(f"The stack {place.stack_name} is deleted.")
    for table in remains.tables:
        with _gone_is_fine():
            place.client("dynamodb").delete_table(TableName=table)
            tell(f"The table {table} is deleted.")
    if remains.bucket:
        with _gone_is_fine():
            number = _empty(place.client("s3"), remains.bucket)
            place.client("s3").delete_bucket(Bucket=remains.bucket)
            tell(f"The bucket {remains.bucket} and {number} file(s) in it are deleted.")


def _check(place: Place, parameters: dict[str, str], stack: Any) -> None:
    """Raises Refused for a stack in production and for one that is none of this template."""
    if not parameters.keys() >= _ASKED:
        raise Refused(f"{stack['StackName']} is no stack of this template.")
    if parameters.get("Environment") == "prod":
        raise Refused(
            f"{place.stack_name} is in production, which this command leaves alone: docs/deploy.md says how it is done by hand."
        )


def _last_deleted(cloudformation: Any, place: Place) -> str:
    """CloudFormation lists the newest first."""
    pages = cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    for page in pages:
        for one in page["StackSummaries"]:
            if one["StackName"] == place.stack_name:
                return str(one["StackId"])
    raise NotThere(f"There is no stack {place.stack_name!r} in this account and region, and there was none in 90 days.")


def _delete_stack(place: Place, stack_id: str) -> None:
    cloudformation = place.client("cloudformation")
    cloudformation.delete_stack(StackName=stack_id)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=stack_id, WaiterConfig={"Delay": 1 if place.local else 15, "MaxAttempts": 240}
        )
    except WaiterError as error:
        raise ConsoleFailure(f"{place.stack_name} was not deleted; its events in CloudFormation say why. Then again.") from error


def _empty(s3: Any, bucket: str) -> int:
    """Every version of every object, should somebody have switched versions on. Returns how many."""
    number = 0
    while doomed := _first_versions(s3, bucket):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
        if refused := answer.get("Errors"):
            raise ConsoleFailure(f"{len(refused)} file(s) of {bucket} cannot be deleted: {refused[0].get('Message', '')}.")
        number += len(doomed)
    return number


def _first_versions(s3: Any, bucket: str) -> list[dict[str, str]]:
    listed = s3.list_object_versions(Bucket=bucket, MaxKeys=_BATCH)
    found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
