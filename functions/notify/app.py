"""The jobs table's stream, in batches. A record that fails is reported by itself, so that its neighbours are done with.

Live connections hear of a batch when all its records are dealt with: no push can fail or hold up what the feed must have.

An operator sends a parked record again as `{"Records": [record], "redrive": true}` (ops/redriving.py).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from notify.delivering import Delivery
from notify.news import News
from notify.outage import Outage
from notify.pushing import Pushing
from notify.telling import Telling
from sorami.channel import Channel
from sorami.clients import client, later
from sorami.connections import Connections
from sorami.feed import Feed
from sorami.observability import count, instrumented, logger
from sorami.parking import Parking
from sorami.settings import CommonSettings, load
from sorami.starting import ready
from sorami.times import now
from sorami.topic import Topic
from sorami.values import dataclass

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_RESERVE_MS = 18_000
"""No record is begun with less time left: a feed and a topic that do not answer take 8 s each (sorami.clients)."""
_MOST_FOR_PUSHES_MS = 10_000
"""So long may pushes hold up the next batch."""
_LEFT_AFTER_PUSHES_MS = 1_000


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


@cache
def pushing() -> Pushing:
    table = load(Settings).notifications_table
    return Pushing(
        connections=Connections(client("dynamodb"), table),
        feed=Feed(client("dynamodb"), table),
        channel=Channel(later(lambda: client("apigatewaymanagementapi"))),
        outage=Outage(now),
        clock=now,
    )


@instrumented
def handler(event: dict[str, Any], context: Any) -> "PartialItemFailureResponse":
    news: list[News] = []

    def tell(change: Mapping[str, Any]) -> None:
        if (one := telling().tell(change)) is not None:
            news.append(one)

    delivery = Delivery(
        tell=tell,
        park=None if event.get("redrive") else lambda parked: parking().park(parked),
        has_time=lambda: context.get_remaining_time_in_millis() > _RESERVE_MS,
        clock=now,
        request_id=context.aws_request_id,
    )

    def deliver(record: DynamoDBRecord) -> None:
        delivery.deliver(record.raw_event)

    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    response = process_partial_response(event=event, record_handler=deliver, processor=processor, context=context)
    logger.thread_safe_clear_keys()  # what follows is no longer about the last record's job
    logger.debug("delivered", extra={"records": len(event["Records"]), "news": len(news)})
    _push(news, context)
    return response


def _push(news: Sequence[News], context: Any) -> None:
    """What was told is told, so whatever goes wrong here is counted and no more: a client asks for what it missed."""
    if not news:
        return
    begun_with: float = context.get_remaining_time_in_millis()

    def has_time(seconds: float) -> bool:
        left: float = context.get_remaining_time_in_millis()
        return left - seconds * 1000 > _LEFT_AFTER_PUSHES_MS and begun_with - left < _MOST_FOR_PUSHES_MS

    try:
        fates = pushing().push(news, has_time)
        for name, number in fates.items():
            count(name, number)
        if fates:
            milliseconds = int(begun_with - context.get_remaining_time_in_millis())
            logger.info("pushed", extra={**fates, "milliseconds": milliseconds})
    except Exception:  # noqa: BLE001  # what was told must not be told again for want of a push
        logger.exception("live connections were not told")
        count("PushesFailed", len(news))


ready(telling, pushing)
