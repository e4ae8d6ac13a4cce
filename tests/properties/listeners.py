"""What users hear: the real stream of the jobs table, told by the real story of notify, and read back from the feed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notify.telling import Telling
from sorami.feed import Feed, NotificationType
from tests.support.engines import JOBS, NOTIFICATIONS, Engine
from tests.support.streams import Mapped

_PAGE = 100
_RECORDS = 1000
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
        self._mapped = Mapped.of("NotifyFunction", "ChangedJobs")
        self._iterator = self._streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        self.read()

    def read(self) -> list[Mapping[str, Any]]:
        """The changes since the last look, in order, as far as notify is told of them."""
        changes: list[Mapping[str, Any]] = []
        while True:
            answer = self._streams.get_records(ShardIterator=self._iterator, Limit=_RECORDS)
            self._iterator = answer["NextShardIterator"]
            changes += [record["dynamodb"] for record in answer["Records"] if self._mapped.wants(record)]
            if len(answer["Records"]) < _RECORDS:
                return changes


class Listeners:
    """The owners of jobs. The stream delivers at least once, so its last word is told again."""

    def __init__(self, engine: Engine) -> None:
        self._stream = Stream(engine)
        self._feed = Feed(engine.client, NOTIFICATIONS)

    def check(self, user: str, expected: Mapping[str, tuple[str, ...]]) -> None:
        """The owner of these jobs has a notification of each outcome but a cancellation; the topic heard of the same."""
        topic = Topic()
        telling = Telling(feed=self._feed, topic=topic, locale="fr")
        changes = [change for change in self._stream.read() if change["Keys"]["job_id"]["S"] in expected]
        for change in [*changes, *changes[-1:]]:
            telling.tell(change)
        rows = self._feed.page(user, limit=_PAGE).notifications
        told = sorted((row.metadata["generationId"], row.type) for row in rows)
        news = [(job_id, outcome) for job_id, outcomes in expected.items() for outcome in outcomes if outcome != "cancelled"]
        assert told == sorted((job_id, _KINDS[outcome]) for job_id, outcome in news)
        assert topic.ids == {row.id for row in rows}
