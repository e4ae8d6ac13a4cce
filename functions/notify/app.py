"""The jobs table's stream, in batches. A record that fails is reported by itself, so that its neighbours are done with."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from notify.telling import Telling
from sorami.clients import client
from sorami.feed import Feed
from sorami.observability import instrumented
from sorami.settings import CommonSettings, load
from sorami.topic import Topic

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    notifications_table: str
    topic_arn: str


@cache
def telling() -> Telling:
    """Everything that telling needs, put together once per worker."""
    settings = load(Settings)
    return Telling(
        feed=Feed(client("dynamodb"), settings.notifications_table),
        topic=Topic(client("sns"), settings.topic_arn),
        locale=settings.locale,
    )


def _handle_record(record: DynamoDBRecord) -> None:
    telling().tell_outcome(record.raw_event["dynamodb"])


@instrumented
def handler(event: dict[str, Any], context: Any) -> "PartialItemFailureResponse":
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=_handle_record, processor=processor, context=context)
