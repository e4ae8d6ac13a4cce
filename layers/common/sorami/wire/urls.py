"""Which input image URLs are handed on: http(s), by a public name or address, without credentials (docs/reliability.md, row 17).

This service never fetches them. The backend does, and should resolve the name and look at the address as well: a public
name may point anywhere.
"""

import ipaddress
import re
from urllib.parse import urlsplit

MAX_URL_LENGTH = 2048

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
# Reserved or private by RFC 6761, RFC 6762, RFC 8375, RFC 9476 and ICANN's `.internal`, or customary in clusters.
_PRIVATE_SUFFIXES = frozenset(
    {
        "alt",
        "arpa",
        "cluster",
        "consul",
        "corp",
        "example",
        "home",
        "internal",
        "intra",
        "intranet",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "onion",
        "private",
        "svc",
        "test",
    }
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # IANA's IPv6 address space registry; public addresses have no other place
_CARRIERS = [ipaddress.IPv6Network(network) for network in ("2002::/16", "2001::/32")]
_SERVICES_OF_CLOUDS = {ipaddress.IPv4Address("168.63.129.16"), ipaddress.IPv4Address("192.88.99.1")}  # Azure's host; 6to4 relays
_MIN_LABELS = 2
_MAX_HOST_LENGTH = 253


def is_public_http_url(url: str) -> bool:
    """Whether a stranger's URL may be handed to the backend."""
    if len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or port == 0:
        return False
    return _is_public_host((parts.hostname or "").rstrip("."), is_bracketed="[" in parts.netloc)


def _is_public_host(host: str, *, is_bracketed: bool) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return not is_bracketed and _is_public_name(host)
    if is_bracketed and (isinstance(address, ipaddress.IPv4Address) or "%" in host):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        # What carries an IPv4 address could carry a private one: mapped, compatible, NAT64 lie outside, 6to4 and Teredo inside.
        return address.is_global and address in _GLOBAL_UNICAST and not any(address in network for network in _CARRIERS)
    return address.is_global and not address.is_multicast and address not in _SERVICES_OF_CLOUDS


def _is_public_name(host: str) -> bool:
    labels = host.split(".")
    if len(host) > _MAX_HOST_LENGTH or len(labels) < _MIN_LABELS or not all(_NAME.fullmatch(label) for label in labels):
        return False
    # A last label that begins with a digit is an address in disguise: 127.1, 0x7f.1, 017700000001 (WHATWG URL, host parsing).
    return not labels[-1][0].isdigit() and labels[-1] not in _PRIVATE_SUFFIXES
