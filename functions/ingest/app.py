"""The jobs table's stream, as far as it tells of results with files on the backend's own host."""

import time
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from ingest.bucket import ImagesBucket
from ingest.copying import Copying
from ingest.downloading import Download
from ingest.outcomes import CopyPostponed
from sorami.backend import session
from sorami.clients import client
from sorami.observability import instrumented, logger, name_job
from sorami.settings import CommonSettings, load
from sorami.starting import ready
from sorami.store import JobStore
from sorami.values import dataclass

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

RESERVE_SECONDS = 30
"""Left after the downloads: S3 and DynamoDB take up to 10 s each with their retries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    jobs_table: str
    images_bucket: str
    backend_url: str


@cache
def copying() -> Copying:
    """Everything that copying needs, put together once per worker."""
    settings = load(Settings)
    return Copying(
        jobs=JobStore(client("dynamodb"), settings.jobs_table),
        download=Download(session(), settings.backend_url),
        bucket=ImagesBucket(client("s3"), settings.images_bucket),
    )


def _copy(change: dict[str, Any], until: float) -> None:
    """Handles the `dynamodb` part of one stream record. Only its key is used: the job is read as it stands now."""
    if "copies_pending" in change.get("OldImage", {}):
        return  # such as our own write for some of the images; the record of the result is still being delivered for the rest
    job_id = change["Keys"]["job_id"]["S"]
    name_job(job_id)
    copying().copy_images(job_id, until=until)


@instrumented
def handler(event: dict[str, Any], context: Any) -> "PartialItemFailureResponse":
    until = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS

    def handle(record: DynamoDBRecord) -> None:
        try:
            _copy(record.raw_event["dynamodb"], until)
        except CopyPostponed:
            raise  # told already
        except Exception:
            logger.exception("the record cannot be handled now")
            raise

    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)


ready(copying)
