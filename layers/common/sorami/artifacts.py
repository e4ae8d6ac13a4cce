"""References to image files: which ones a webhook may name, and presigned URLs to write and read them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sorami.jobs import BackendFile, S3Ref
from sorami.uploads import is_upload, upload_key
from sorami.values import dataclass

if TYPE_CHECKING:
    from sorami.presigning import Presigner

IMAGES_PREFIX = "images/"
URL_LIFETIME = timedelta(hours=1)
FORM_LIFETIME = timedelta(minutes=15)

CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
_S3_SCHEME = "s3://"
_MAX_URL_LENGTH = 8192
_MAX_KEY_BYTES = 1024  # Amazon S3 user guide, "Naming objects"


class BadReference(ValueError):
    """A reference that must not be stored. `reason` is a key of the catalogue of texts."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def image_key(job_id: str, number: int, image_format: str) -> str:
    """Where image `number` (from 1) of the job is to be stored."""
    return f"{job_prefix(job_id)}image_{number}.{_EXTENSIONS[image_format]}"


def job_prefix(job_id: str) -> str:
    """Where every file of the job lies, and none of another's."""
    return f"{IMAGES_PREFIX}{job_id}/"


def places_of(arns: str) -> tuple[str, ...]:
    """`("first/", "second/results/")` for `arn:aws:s3:::first/*,arn:aws:s3:::second/results/*`."""
    return tuple(arn.strip().rpartition(":")[2].removesuffix("*") for arn in arns.split(",") if arn.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePolicy:
    """Which files a webhook may refer to.

    Our own bucket, but there only under `images/<job_id>/`; other places as `bucket/prefix`; and the backend's own host.
    """

    images_bucket: str
    other_places: Collection[str] = ()
    backend_url: str = ""
    s3_endpoint: str = ""

    def locate(self, job_id: str, *, file_path: str, url: str) -> S3Ref | BackendFile:
        """Where the file is. Raises BadReference: a guess would give one user another's image."""
        if file_path.startswith(IMAGES_PREFIX):
            return self._checked(job_id, S3Ref(bucket=self.images_bucket, key=file_path))
        try:
            reference = self._from_s3_url(url)
        except ValueError as error:  # such as a port that is no number
            raise BadReference("fault.image_location") from error
        if reference is not None:
            return self._checked(job_id, reference)
        if is_on_origin(url, self.backend_url):
            return BackendFile(url=url)
        raise BadReference("fault.image_location")

    def _checked(self, job_id: str, reference: S3Ref) -> S3Ref:
        _check_key(reference.key)
        if reference.bucket == self.images_bucket:
            if not reference.key.startswith(job_prefix(job_id)):
                raise BadReference("fault.image_key")
        elif not any(f"{reference.bucket}/{reference.key}".startswith(place) for place in self.other_places):
            raise BadReference("fault.image_bucket")
        return reference

    def _from_s3_url(self, url: str) -> S3Ref | None:
        if url.startswith(_S3_SCHEME):  # no URL really: the key stands in it as it is, `#` and `?` and `%` included
            bucket, _, key = url.removeprefix(_S3_SCHEME).partition("/")
            return S3Ref(bucket=bucket, key=key)
        parts = urlsplit(url)
        if not _is_plain(url) or parts.fragment:
            return None
        path = unquote(parts.path, errors="strict").removeprefix("/")
        if self.s3_endpoint and _origin(url) == _origin(self.s3_endpoint):
            bucket, _, key = path.partition("/")
            return S3Ref(bucket=bucket, key=key)
        if parts.scheme == "https" and parts.username is None and parts.port in {None, 443}:
            return _from_s3_host(parts.hostname or "", path)
        return None


def without_query(url: str) -> str:
    """For logs: what follows may be a signature or a token that opens the file."""
    return url.partition("?")[0]


def is_on_origin(url: str, base: str) -> bool:
    """Whether the URL has the scheme, host and port of `base`, and no credentials. On an empty `base` nothing is."""
    try:
        return bool(base) and _is_plain(url) and urlsplit(url).username is None and _origin(url) == _origin(base)
    except ValueError:
        return False


def _is_plain(url: str) -> bool:
    """Nothing in it that parsers drop or read differently: such a URL would be checked as one and used as another."""
    return len(url) <= _MAX_URL_LENGTH and url.isascii() and url.isprintable() and not set(url) & set(' "<>\\^`{|}')


_S3_LABELS = ("s3", "s3-accelerate")


def _from_s3_host(host: str, path: str) -> S3Ref | None:
    """`bucket.s3.region.amazonaws.com/key` or `s3.region.amazonaws.com/bucket/key` (S3 user guide, "Virtual hosting")."""
    suffix = next((end for end in (".amazonaws.com", ".amazonaws.com.cn") if host.endswith(end)), None)
    if suffix is None:
        return None
    labels = host.removesuffix(suffix).split(".")
    service = next((place for place in range(len(labels) - 1, -1, -1) if labels[place] in _S3_LABELS), None)
    if service is None:
        return None
    if service == 0:
        bucket, _, key = path.partition("/")
        return S3Ref(bucket=bucket, key=key)
    return S3Ref(bucket=".".join(labels[:service]), key=path)


def _check_key(key: str) -> None:
    """A key that every reader understands alike: no `.` or `..` or empty segment, nothing encoded, nothing invisible."""
    plain = key.isprintable() and not set(key) & set("\\%?#")
    if not plain or len(key.encode()) > _MAX_KEY_BYTES or any(segment in {"", ".", ".."} for segment in key.split("/")):
        raise BadReference("fault.image_key")


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").rstrip("."), port


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSlot:
    """A place where the backend may PUT one image, with exactly these headers, until `expires_at`."""

    key: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadForm:
    """What a browser POSTs one file with, as multipart/form-data: `fields` first, then the file as `file`, until `expires_at`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


class Artifacts:
    """Presigned URLs; made locally, without a request to S3."""

    def __init__(self, presigner: "Presigner", images_bucket: str) -> None:
        self._presigner = presigner
        self._bucket = images_bucket

    def upload_slots(self, job_id: str, *, count: int, image_format: str, at: datetime) -> list[UploadSlot]:
        """One slot for each image that was asked for."""
        content_type = CONTENT_TYPES[image_format]
        slots = []
        for number in range(1, count + 1):
            key = image_key(job_id, number, image_format)
            url = self._presigner.generate_presigned_url(
                "put_object",
                Params={"Bucket": self._bucket, "Key": key, "ContentType": content_type},
                ExpiresIn=int(URL_LIFETIME.total_seconds()),
            )
            slots.append(UploadSlot(key=key, url=url, headers={"Content-Type": content_type}, expires_at=at + URL_LIFETIME))
        return slots

    def upload_form(self, reference: str, *, content_type: str, max_bytes: int, at: datetime) -> UploadForm:
        """A form that S3 takes for this upload alone: of this type, and 1 to `max_bytes` long."""
        made = self._presigner.generate_presigned_post(
            Bucket=self._bucket,
            Key=upload_key(reference),
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=int(FORM_LIFETIME.total_seconds()),
        )
        return UploadForm(url=made["url"], fields=made["fields"], expires_at=at + FORM_LIFETIME)

    def input_url(self, input_image_url: str | None) -> str | None:
        """A job's input image as the backend may fetch it: an upload by a fresh presigned URL, any other as it is."""
        if input_image_url is None or not is_upload(input_image_url):
            return input_image_url
        return self.read_url(S3Ref(bucket=self._bucket, key=upload_key(input_image_url)))

    def read_url(self, location: S3Ref | BackendFile) -> str:
        """A URL that gives the file for `URL_LIFETIME`; a file on the backend's host keeps the backend's URL."""
        if isinstance(location, BackendFile):
            return location.url
        return self._presigner.generate_presigned_url(
            "get_object",
            Params={"Bucket": location.bucket, "Key": location.key},
            ExpiresIn=int(URL_LIFETIME.total_seconds()),
        )
