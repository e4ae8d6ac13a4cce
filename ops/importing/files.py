"""Where the file of an exported image is: in a bucket that results may refer to, or in a folder from which it is uploaded."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from ops.importing.values import Unusable
from sorami.artifacts import CONTENT_TYPES, BadReference, ReferencePolicy, image_key
from sorami.jobs import S3Ref

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MOST_BYTES = 50 * 1024 * 1024
_SIGNATURES = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on this machine, and where it is to lie."""

    path: Path
    location: S3Ref
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Which files may be meant. `folder`: where the former service's own files are, if anywhere."""

    policy: ReferencePolicy
    folder: Path | None = None

    def find(self, job_id: str, number: int, *, url: str, names: list[str], image_format: str) -> tuple[S3Ref, Upload | None]:
        """The file's place, and what has to be uploaded for it. Raises Unusable."""
        try:
            found = self.policy.locate(job_id, file_path="", url=url)
        except BadReference as error:
            if not self.folder:
                raise Unusable("file_elsewhere", f"{url[:200]!r} is in no bucket that results may refer to") from error
        else:
            if isinstance(found, S3Ref):
                return found, None
        if self.folder is None or (path := _in_folder(self.folder, [url, *names])) is None:
            raise Unusable("file_not_found", f"{url[:200]!r} is in no bucket that results may refer to, nor in the folder")
        _check(path, image_format)
        location = S3Ref(bucket=self.policy.images_bucket, key=image_key(job_id, number, image_format))
        return location, Upload(path=path, location=location, content_type=CONTENT_TYPES[image_format])


def _in_folder(folder: Path, names: list[str]) -> Path | None:
    """The first that there is: each name as a path in the folder, then its last part. Nothing outside of the folder."""
    root = folder.resolve()
    for name in names:
        path = _path_of(name)
        for candidate in (path, PurePosixPath(path.name)) if path and path.name else ():
            try:
                found = (root / candidate).resolve()
                if found.is_relative_to(root) and found.is_file():
                    return found
            except (OSError, ValueError):  # a name that no file can have
                continue
    return None


def _path_of(name: str) -> PurePosixPath | None:
    try:
        return PurePosixPath(unquote(urlsplit(name).path).lstrip("/"))
    except ValueError:
        return None


def _check(path: Path, image_format: str) -> None:
    try:
        with path.open("rb") as file:
            begins = file.read(16)
        size = path.stat().st_size
    except OSError as error:
        raise Unusable("file_unreadable", f"{path.name} cannot be read: {error.strerror}") from error
    if not begins.startswith(_SIGNATURES[image_format]):
        raise Unusable("file_of_another_format", f"{path.name} is no {image_format}")
    if size > _MOST_BYTES:
        raise Unusable("file_too_large", f"{path.name} has {size} bytes")


def upload(client: "S3Client", wanted: Upload) -> None:
    """Unless it lies there, as long as it is. Errors of the SDK escape."""
    place: dict[str, Any] = {"Bucket": wanted.location.bucket, "Key": wanted.location.key}
    size = wanted.path.stat().st_size
    try:
        if client.head_object(**place)["ContentLength"] == size:
            return
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:  # noqa: PLR2004
            raise
    with wanted.path.open("rb") as file:
        client.put_object(**place, Body=file, ContentType=wanted.content_type)
