"""What users hear: the real stream of the jobs table, read on and on, told by notify's real story, and read back from the feed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notify.telling import Telling
from sorami.feed import Feed, NotificationType
from sorami.jobs import Job
from tests.support.engines import JOBS, NOTIFICATIONS, Engine

_PAGE = 100
_KINDS = {
    "completed": NotificationType.IMAGE_COMPLETED,
    "failed": NotificationType.IMAGE_FAILED,
    "timeout": NotificationType.IMAGE_FAILED,
}


@dataclass
class Topic:
    """Keeps the ids of what is published."""

    ids: set[str] = field(default_factory=set)

    def publish(self, *, user_id: str, kind: str, notification: Mapping[str, Any]) -> None:
        self.ids.add(notification["id"])


class Stream:
    """The jobs table's stream, from where it is now."""

    def __init__(self, engine: Engine) -> None:
        self._streams = engine.streams
        arn = engine.client.describe_table(TableName=JOBS)["Table"]["LatestStreamArn"]
        [shard] = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        place = {"StreamArn": arn, "ShardId": shard["ShardId"]}
        self._iterator = self._streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        self.read()

    def read(self) -> list[Mapping[str, Any]]:
        """The changes since the last look, in order."""
        changes: list[Mapping[str, Any]] = []
        while True:
            answer = self._streams.get_records(ShardIterator=self._iterator, Limit=1000)
            self._iterator = answer["NextShardIterator"]
            if not answer["Records"]:
                return changes
            changes += [record["dynamodb"] for record in answer["Records"]]


class Listeners:
    """The owners of jobs. What the stream says is told twice: it delivers at least once."""

    def __init__(self, engine: Engine) -> None:
        self._stream = Stream(engine)
        self._feed = Feed(engine.client, NOTIFICATIONS)

    def check(self, expected: Mapping[str, tuple[Job, tuple[str, ...]]]) -> None:
        """Each owner has a notification of each outcome, and no other; the topic heard of the same."""
        topic = Topic()
        telling = Telling(feed=self._feed, topic=topic, locale="fr")
        changes = [change for change in self._stream.read() if change["Keys"]["job_id"]["S"] in expected]
        for change in [*changes, *reversed(changes)]:
            if "NewImage" in change:
                telling.tell_outcome(change)
        told: set[str] = set()
        for job, outcomes in expected.values():
            rows = self._feed.page(job.user_id, limit=_PAGE).notifications
            assert sorted(row.type for row in rows) == sorted(_KINDS[outcome] for outcome in outcomes), job
            assert self._feed.unread_count(job.user_id) == len(outcomes)
            told |= {row.id for row in rows}
        assert topic.ids == told
