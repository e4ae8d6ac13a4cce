"""The jobs table's stream, in batches. A record that fails is reported by itself, so that its neighbours are done with.

An operator sends a parked record again as `{"Records": [record], "redrive": true}` (ops/parked.py).
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from notify.delivering import Delivery
from notify.telling import Telling
from sorami.clients import client
from sorami.feed import Feed
from sorami.observability import instrumented
from sorami.parking import Parking
from sorami.settings import CommonSettings, load
from sorami.times import now
from sorami.topic import Topic

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_RESERVE_MS = 18_000
"""No record is begun with less time left: a feed and a topic that do not answer take 8 s each (sorami.clients)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    notifications_table: str
    topic_arn: str
    parked_queue_url: str


@cache
def telling() -> Telling:
    """Everything that telling needs, put together once per worker."""
    settings = load(Settings)
    return Telling(
        feed=Feed(client("dynamodb"), settings.notifications_table),
        topic=Topic(client("sns"), settings.topic_arn),
        locale=settings.locale,
    )


@cache
def parking() -> Parking:
    return Parking(client("sqs"), load(Settings).parked_queue_url)


@instrumented
def handler(event: dict[str, Any], context: Any) -> "PartialItemFailureResponse":
    delivery = Delivery(
        tell=lambda change: telling().tell_outcome(change),
        park=None if event.get("redrive") else lambda parked: parking().park(parked),
        has_time=lambda: context.get_remaining_time_in_millis() > _RESERVE_MS,
        clock=now,
        request_id=context.aws_request_id,
    )

    def deliver(record: DynamoDBRecord) -> None:
        delivery.deliver(record.raw_event)

    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=deliver, processor=processor, context=context)
