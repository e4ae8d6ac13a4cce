"""What no local engine enforces of ingest, asserted from the template."""

import json
from typing import Any

from ingest.app import RESERVE_SECONDS
from tests.support.template import properties


def statements() -> dict[str, dict[str, Any]]:
    [policy] = properties("IngestRole")["Policies"]
    return {said["Sid"]: said for said in policy["PolicyDocument"]["Statement"] if "Sid" in said}


def mapping() -> dict[str, Any]:
    said: dict[str, Any] = properties("IngestFunction")["Events"]["FilesOnTheBackend"]["Properties"]
    return said


def test_ingest_may_do_what_it_does_and_no_more() -> None:
    granted = {sid: (said["Action"], said["Resource"]) for sid, said in statements().items()}
    assert granted == {
        "ReadStream": (
            ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
            {"Fn::GetAtt": ["JobsTable", "StreamArn"]},
        ),
        "ReadJobAndRecordItsCopies": (["dynamodb:GetItem", "dynamodb:UpdateItem"], {"Fn::GetAtt": ["JobsTable", "Arn"]}),
        "StoreCopiesAndRemoveThoseOfADeletedJob": (
            ["s3:PutObject", "s3:DeleteObject"],
            {"Fn::Sub": "${ImagesBucket.Arn}/images/*"},
        ),
        "ParkJobsThatKeepFailing": ("sqs:SendMessage", {"Fn::GetAtt": ["IngestDeadLetters", "Arn"]}),
        "WriteOwnLogs": (["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": ["IngestLogs", "Arn"]}),
    }


def test_ingest_knows_no_secret() -> None:
    assert not [name for name in properties("IngestFunction")["Environment"]["Variables"] if "SECRET" in name]


def test_the_filter_lets_results_with_pending_copies_through_only() -> None:
    [one] = mapping()["FilterCriteria"]["Filters"]
    assert json.loads(one["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"status": {"S": ["COMPLETED"]}, "copies_pending": {"N": [{"exists": True}]}}},
    }


def test_row_18_what_keeps_failing_is_parked_before_the_stream_forgets_it() -> None:
    said = mapping()
    assert said["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert said["StartingPosition"] == "TRIM_HORIZON"
    assert said["MaximumRetryAttempts"] > 0
    assert 0 < said["MaximumRecordAgeInSeconds"] < 86_400
    assert said["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["IngestDeadLetters", "Arn"]}


def test_what_was_parked_and_what_was_refused_ring_an_alarm() -> None:
    parked, refused = properties("ParkedCopiesAlarm"), properties("RefusedCopiesAlarm")
    assert parked["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["IngestDeadLetters", "QueueName"]}}]
    service = properties("IngestFunction")["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert (refused["MetricName"], refused["Dimensions"]) == ("CopiesFailed", [{"Name": "service", "Value": service}])
    for alarm in (parked, refused):
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_row_25_an_invocation_is_one_jobs_work_and_has_time_for_it() -> None:
    assert mapping()["BatchSize"] == 1
    assert properties("IngestFunction")["Timeout"] >= RESERVE_SECONDS + 60
