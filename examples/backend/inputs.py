"""The picture that a job may bring along. Its address comes from a stranger, and so does what lies there."""

from __future__ import annotations

import io
import ipaddress
import logging
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import requests
from PIL import Image, ImageOps
from urllib3.exceptions import HTTPError

from .answers import Session, TimedAdapter, TimedHTTP, TimedHTTPS, TooMuch, read_body

_log = logging.getLogger(__name__)
_LARGEST = 10 * 1024 * 1024
_MOST_PIXELS = 40_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")
_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
_TIMEOUT = (3.05, 5)
_LONGEST = 20.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class BadInput(Exception):
    """There is no picture to be had from there. The text is for the log."""


def fetch_input(url: str, storage: Iterable[str]) -> Image.Image:
    """The picture in RGB. `storage` are URLs of the service's own storage, whose host may have any address; others must have a
    public one, whatever their name says. Raises BadInput."""
    try:
        with _session(storage) as session, session.get(url, timeout=_TIMEOUT, allow_redirects=False, stream=True) as answer:
            content = _body(answer)
    except TooMuch as exc:
        raise BadInput(str(exc)) from exc
    except (requests.RequestException, HTTPError, OSError) as exc:
        raise BadInput(type(exc).__name__) from exc
    return _picture(content)


def _session(storage: Iterable[str]) -> requests.Session:
    """Nothing of the surroundings: behind a proxy the address would be the proxy's."""
    session = Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _PublicOnly())
    for url in storage:
        parts = urlsplit(url)
        session.mount(f"{parts.scheme}://{parts.netloc}/", TimedAdapter())
    return session


def _body(answer: requests.Response) -> bytes:
    if answer.status_code != requests.codes.ok:
        raise BadInput(f"HTTP {answer.status_code}")
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise BadInput(f"the content type is {kind[:100]!r}")
    return read_body(answer, _LARGEST, _LONGEST)


def _picture(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:  # before any of them is unpacked
                raise BadInput(f"{picture.width}x{picture.height} pixels")
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        raise BadInput(type(exc).__name__) from exc


def _public(connected: socket.socket) -> socket.socket:
    """The socket, if it leads to a public address. Asked of the connection itself: a name may mean another address each time."""
    if not is_public(connected.getpeername()[0].partition("%")[0]):
        connected.close()
        raise OSError("not a public address")
    return connected


def is_public(text: str) -> bool:
    """An IPv6 address that stands for an IPv4 one (mapped, NAT64 by RFC 6052) is as public as that."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.is_site_local:
            return False
        if address.ipv4_mapped or address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(address.packed[-4:])))
    return address.is_global and not address.is_multicast


class _PublicHTTP(TimedHTTP):
    def _new_conn(self) -> socket.socket:
        return _public(super()._new_conn())


class _PublicHTTPS(TimedHTTPS):
    def _new_conn(self) -> socket.socket:
        return _public(super()._new_conn())


class _PublicOnly(TimedAdapter):
    connections = (_PublicHTTP, _PublicHTTPS)
