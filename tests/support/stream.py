"""Records of the jobs table's stream, as Lambda hands them to a function."""

import itertools
from typing import Any

_numbers = itertools.count(1)


def record(new: dict[str, Any] | None, old: dict[str, Any] | None = None) -> dict[str, Any]:
    """One change of a job: its item after and before."""
    number = next(_numbers)
    change: dict[str, Any] = {"SequenceNumber": str(number), "StreamViewType": "NEW_AND_OLD_IMAGES"}
    if new is not None:
        change |= {"Keys": {"job_id": new["job_id"]}, "NewImage": new}
    if old is not None:
        change |= {"Keys": {"job_id": old["job_id"]}, "OldImage": old}
    return {
        "eventID": str(number),
        "eventName": "MODIFY" if new and old else "INSERT" if new else "REMOVE",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/JobsTable/stream/1",
        "awsRegion": "eu-west-1",
        "dynamodb": change,
    }


def sequence_number(of: dict[str, Any]) -> str:
    number: str = of["dynamodb"]["SequenceNumber"]
    return number
