"""The files of a job in the images bucket, as far as they can be removed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sorami.artifacts import job_prefix
from sorami.errors import FilesUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


class JobFiles:
    """Every method raises FilesUnavailable when S3 does not do what it is asked."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def remove_all(self, job_id: str) -> int:
        """Removes whatever lies in the job's folder, and returns how much it was. What is gone already is no error."""
        removed = 0
        with _s3_errors():
            for keys in self._pages(job_prefix(job_id)):
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True})
                if errors := answer.get("Errors"):
                    raise FilesUnavailable(f"{len(errors)} file(s) stayed: {errors[0].get('Code')}")
                removed += len(keys)
        return removed

    def _pages(self, prefix: str) -> "Iterator[list[ObjectIdentifierTypeDef]]":
        """Keys, at most 1,000 at a time, which is also as many as one request removes."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            if found := page.get("Contents", []):
                yield [{"Key": one["Key"]} for one in found]


@contextmanager
def _s3_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise FilesUnavailable(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise FilesUnavailable(type(error).__name__) from error
