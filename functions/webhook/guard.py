"""The lock of the webhook: a shared secret, a signature made with it, or both, in its current and its previous version."""

import hmac
from collections.abc import Callable, Mapping

from sorami import signatures
from sorami.errors import Unauthorized
from sorami.observability import count
from sorami.secrets import SecretReader

_KEYS = ("webhook_secret", "webhook_secret_previous")
SECRET_HEADER = "x-webhook-secret"  # noqa: S105  # a header's name

type Headers = Mapping[str, str]
type Proof = Callable[[Headers, bytes, str], bool]


def check_sender(auth: str, headers: Headers, content: bytes, reader: SecretReader) -> None:
    """Raises Unauthorized. `auth` is the template's `WebhookAuth`; `headers` by their lower-case names.

    Proof that does not fit is held against a fresh copy of the secret too, so that a rotated one works at once
    (`SecretReader.refresh` says how often that costs a read).
    """
    wanted, proofs = _WANTED[auth]
    if not all(headers.get(name) for name in wanted):
        count("WebhooksRefused")
        raise Unauthorized("no proof")
    if not _fits(proofs, headers, content, reader.values()) and not _fits(proofs, headers, content, reader.refresh()):
        count("WebhooksRefused")
        raise Unauthorized("wrong proof")


def _fits(proofs: tuple[Proof, ...], headers: Headers, content: bytes, values: Mapping[str, str]) -> bool:
    keys = [values[name] for name in _KEYS if values.get(name)]
    # Every key is tried before anything is concluded, so that the time tells nothing.
    matches = [[proof(headers, content, key) for key in keys] for proof in proofs]
    return all(any(of_one_proof) for of_one_proof in matches)


def _has_secret(headers: Headers, _content: bytes, key: str) -> bool:
    # Bytes, since compare_digest refuses text beyond ASCII; JSON can say lone surrogates on either side.
    return hmac.compare_digest(headers[SECRET_HEADER].encode(errors="surrogatepass"), key.encode(errors="surrogatepass"))


def _has_signature(headers: Headers, content: bytes, key: str) -> bool:
    return signatures.is_signed(content, headers, key)


_WANTED: Mapping[str, tuple[tuple[str, ...], tuple[Proof, ...]]] = {
    "secret": ((SECRET_HEADER,), (_has_secret,)),
    "signature": (signatures.HEADERS, (_has_signature,)),
    "both": ((SECRET_HEADER, *signatures.HEADERS), (_has_secret, _has_signature)),
}
