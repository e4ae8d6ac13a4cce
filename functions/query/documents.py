"""`GET /openapi.json` and `GET /docs`: two files of a layer that only this function has, read when they are first asked for."""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus

from sorami.events import Event, Response, has_tag, headers
from sorami.values import dataclass

_LAYER = "sorami_docs"
_TYPES: Mapping[str, str] = {"openapi.json": "application/json", "docs.html": "text/html; charset=utf-8"}
_COMMON: Mapping[str, str] = {
    "cache-control": "public, max-age=300",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "frame-ancestors 'none'",  # the page itself says what it may load (layers/docs)
}
_NO_WEIGHT = re.compile(r"\s*q=0(\.0*)?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as the layer has it, compressed, and the tag that its contents give it."""

    compressed: bytes
    tag: str


def serve(event: Event, name: str) -> Response:
    """The file, compressed for whoever takes that, or 304."""
    document = _read(name)
    own = {"content-type": _TYPES[name], "etag": document.tag, **_COMMON}
    if has_tag(headers(event).get("if-none-match"), document.tag):
        return {"statusCode": HTTPStatus.NOT_MODIFIED, "headers": own, "body": "", "isBase64Encoded": False}
    content = document.compressed
    if _takes_gzip(headers(event).get("accept-encoding", "")):
        own["content-encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return {
        "statusCode": HTTPStatus.OK,
        "headers": own,
        "body": base64.b64encode(content).decode(),
        "isBase64Encoded": True,
    }


def _takes_gzip(offered: str) -> bool:
    """Of `Accept-Encoding` (RFC 9110, section 12.5.3): a weight of zero says no, and names have no case."""
    for one in offered.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() == "gzip":
            return _NO_WEIGHT.fullmatch(weight) is None
    return False


@cache
def _read(name: str) -> Document:
    from importlib.resources import files  # noqa: PLC0415  # 10 ms that only the first reader of the docs waits for

    content = files(_LAYER).joinpath(f"{name}.gz").read_bytes()
    return Document(compressed=content, tag=f'W/"{hashlib.sha256(content).hexdigest()[:16]}"')
