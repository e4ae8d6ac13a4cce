"""The images bucket, as ingest writes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ingest.outcomes import CopyPostponed
from sorami.artifacts import CONTENT_TYPES
from sorami.jobs import S3Ref

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ImagesBucket:
    """Every method raises CopyPostponed when S3 does not do what it is asked."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, content: IO[bytes], *, size: int, image_format: str) -> S3Ref:
        """Stores the file; the same file again changes nothing."""
        with _postponing():
            self._client.put_object(
                Bucket=self._name, Key=key, Body=content, ContentLength=size, ContentType=CONTENT_TYPES[image_format]
            )
        return S3Ref(bucket=self._name, key=key)

    def remove(self, key: str) -> None:
        with _postponing():
            self._client.delete_object(Bucket=self._name, Key=key)


@contextmanager
def _postponing() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise CopyPostponed(f"S3: {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise CopyPostponed(f"S3: {type(error).__name__}") from error
