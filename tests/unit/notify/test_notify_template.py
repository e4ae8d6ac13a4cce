"""What no local engine enforces of notify's parking, from the template itself."""

from tests.support.template import Resolver, defaults, properties, template


def test_row_18_parked_records_are_kept_as_long_as_a_queue_can_and_encrypted() -> None:
    queue = properties("ParkedRecords")
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is True


def test_row_18_a_parked_record_rings_an_alarm() -> None:
    alarm = properties("ParkedRecordsAlarm")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["ParkedRecords", "QueueName"]}}]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_notify_may_send_to_its_two_queues_and_take_from_none() -> None:
    [policy] = properties("NotifyRole")["Policies"]
    granted = [one for one in policy["PolicyDocument"]["Statement"] if "sqs:" in str(one)]
    assert [(one["Action"], one["Resource"]) for one in granted] == [
        ("sqs:SendMessage", {"Fn::GetAtt": ["NotifyDeadLetters", "Arn"]}),
        ("sqs:SendMessage", {"Fn::GetAtt": ["ParkedRecords", "Arn"]}),
    ]


def test_several_batches_of_a_shard_are_told_of_at_once() -> None:
    """One that waits for a table or a topic holds up a part of the shard only; AWS allows ten."""
    mapping = properties("NotifyFunction")["Events"]["ChangedJobs"]["Properties"]
    assert 1 < int(Resolver(defaults(), {}).resolve(mapping["ParallelizationFactor"])) <= 10
    assert template()["Parameters"]["NotifyParallelism"]["MaxValue"] == 10
