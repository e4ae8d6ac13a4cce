"""Tokens that must open nothing, each as the headers of a request; and a few that must, lest refusing all be a success.

Sources: RFC 7519, RFC 7515, RFC 8725 (JSON Web Token best current practices), API Gateway's developer guide ("JWT authorizers").
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import RSAKey

from local.issuer import claims_for, new_key
from local.stack import Stack

type Headers = list[tuple[str, bytes]]
type Claims = dict[str, Any]

VICTIM: Final = "user_victim"
_MISSING = object()


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Forge:
    """Makes tokens of any shape: with the issuer's own key, as if it had erred, or with a stranger's."""

    def __init__(self, stack: Stack) -> None:
        self.own, self.other = stack.key(), new_key()
        self.good: Claims = claims_for(stack.issuer, VICTIM)
        self.issuer = stack.issuer

    def token(
        self,
        claims: Claims | bytes | None = None,
        *,
        key: RSAKey | None = None,
        head: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> str:
        """Signed with RS256, whatever the header says. `more` replaces claims, `head` parts of the header, `_MISSING` none."""
        said = {"alg": "RS256", "typ": "JWT", "kid": self.own.kid, **(head or {})}
        header = {name: value for name, value in said.items() if value is not _MISSING}
        signed = f"{encoded(json.dumps(header).encode())}.{encoded(self._payload(claims, more))}"
        private = load_pem_private_key((key or self.own).as_pem(private=True), None)
        assert isinstance(private, RSAPrivateKey)
        return f"{signed}.{encoded(private.sign(signed.encode(), PKCS1v15(), hashes.SHA256()))}"

    def hmac(self, algorithm: str, secret: bytes, **head: Any) -> str:
        said = {"alg": algorithm, "typ": "JWT", "kid": self.own.kid, **head}
        signed = f"{encoded(json.dumps(said).encode())}.{encoded(json.dumps(self.good).encode())}"
        digest = getattr(hashlib, f"sha{algorithm[2:]}")
        return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), digest))}"

    def unsigned(self, **head: Any) -> str:
        said = {name: value for name, value in {"typ": "JWT", **head}.items() if value is not _MISSING}
        return f"{encoded(json.dumps(said).encode())}.{encoded(json.dumps(self.good).encode())}."

    def _payload(self, claims: Claims | bytes | None, more: Claims) -> bytes:
        if isinstance(claims, bytes):
            return claims
        whole = {**(self.good if claims is None else claims), **more}
        return json.dumps({name: value for name, value in whole.items() if value is not _MISSING}).encode()


def bearer(token: str | bytes) -> Headers:
    return [("Authorization", b"Bearer " + (token if isinstance(token, bytes) else token.encode()))]


def bad_tokens(forge: Forge) -> dict[str, Headers]:
    """By what is wrong with each."""
    texts = _unsigned(forge) | _wrong_keys(forge) | _wrong_claims(forge) | _wrong_shapes(forge)
    return {name: bearer(text) for name, text in texts.items()} | _wrong_places(forge)


def misshapen_tokens(forge: Forge) -> dict[str, Headers]:
    """What only the issuer's own key could sign, were it to err. The emulator's gateway stumbles over these with a 500 of its
    own, where AWS answers 401; no function is called by either."""
    rest = ".".join(forge.token().split(".")[1:])
    texts = {
        **{f"exp {how}": forge.token(exp=value) for how, value in {"null": None, "a word": "never", "empty": ""}.items()},
        "exp a list": forge.token(exp=[1]),
        "payload a list": forge.token(b"[]"),
        "payload a text": forge.token(b'"sub"'),
        "payload deep": forge.token(b"[" * 1000 + b"]" * 1000),
        "header a list": f"{encoded(b'[]')}.{rest}",
    }
    return {name: bearer(text) for name, text in texts.items()}


def good_tokens(forge: Forge) -> dict[str, Headers]:
    """What must be let in: without them a gateway that refuses all would look safe."""
    return {
        "as issued": bearer(forge.token()),
        "for several audiences": bearer(forge.token(aud=["another", forge.good["aud"]])),
        "without nbf and iat": bearer(forge.token(nbf=_MISSING, iat=_MISSING)),
    }


def _unsigned(forge: Forge) -> dict[str, str]:
    head, payload, signature = forge.token().split(".")
    none = encoded(b'{"alg":"none"}')
    return {
        **{f"alg {word}": forge.unsigned(alg=word) for word in ("none", "None", "NONE", "nOnE", "")},
        "alg missing": forge.unsigned(alg=_MISSING),
        "alg null": forge.unsigned(alg=None),
        "alg a list": forge.unsigned(alg=["none"]),
        "alg none with a signature": f"{none}.{payload}.{signature}",
        "signature missing": f"{head}.{payload}.",
        "signature and dot missing": f"{head}.{payload}",
        "signature truncated": f"{head}.{payload}.{signature[:-8]}",
        "signature longer": f"{head}.{payload}.{signature}AAAA",
        "signature of another token": f"{head}.{payload}.{forge.token(sub='user_intruder').split('.')[2]}",
        "signature of zeros": f"{head}.{payload}.{encoded(bytes(256))}",
        "payload exchanged": f"{head}.{encoded(json.dumps(forge.good | {'sub': 'user_other'}).encode())}.{signature}",
    }


def _wrong_keys(forge: Forge) -> dict[str, str]:
    other, public = forge.other, forge.own.as_pem(private=False)
    theirs = {"jwk": other.as_dict(private=False)}
    return {
        "another key under our kid": forge.token(key=other),
        "another key under its own kid": forge.token(key=other, head={"kid": other.kid}),
        "another key without kid": forge.token(key=other, head={"kid": _MISSING}),
        "another key in jwk": forge.token(key=other, head=theirs),
        "another key in jwk, its kid": forge.token(key=other, head=theirs | {"kid": other.kid}),
        "jku of another": forge.token(key=other, head={"jku": "https://elsewhere.example/jwks.json"}),
        "x5u of another": forge.token(key=other, head={"x5u": "https://elsewhere.example/cert.pem"}),
        "x5c of another": forge.token(key=other, head={"x5c": [encoded(b"certificate")]}),
        "kid a path": forge.hmac("HS256", b"", kid="../../../../dev/null"),
        "kid a query": forge.hmac("HS256", b"key", kid="x' UNION SELECT 'key"),
        "kid a URL": forge.token(key=other, head={"kid": "https://elsewhere.example/jwks.json"}),
        "kid a number": forge.token(key=other, head={"kid": 7}),
        "kid a list": forge.token(key=other, head={"kid": [forge.own.kid]}),
        "kid null": forge.token(key=other, head={"kid": None}),
        **{f"{name} with the public key": forge.hmac(name, public) for name in ("HS256", "HS384", "HS512")},
        "HS256 with the public key, no newline": forge.hmac("HS256", public.strip()),
        "HS256 with the modulus": forge.hmac("HS256", str(forge.own.as_dict(private=False)["n"]).encode()),
        "HS256 with nothing": forge.hmac("HS256", b""),
        "HS256 with the word secret": forge.hmac("HS256", b"secret"),
    }


def _wrong_claims(forge: Forge) -> dict[str, str]:
    now, issuer, audience = int(time.time()), forge.issuer, forge.good["aud"]
    values: Mapping[str, Mapping[str, Any]] = {
        "exp": {"missing": _MISSING, "a second ago": now - 1, "an hour ago": now - 3600, "0": 0, "negative": -1},
        "nbf": {"in an hour": now + 3600},
        "iss": {"missing": _MISSING, "another": "https://elsewhere.example", "with a slash": f"{issuer}/", "null": None}
        | {"in capitals": issuer.upper(), "longer": f"{issuer}.example", "a list": [issuer], "empty": ""},
        "aud": {"missing": _MISSING, "another": "somebody-else", "others": ["somebody", "else"], "none": [], "null": None}
        | {"empty": "", "shorter": audience[:-1], "longer": f"{audience}x", "in capitals": audience.upper()},
        "sub": {
            "missing": _MISSING,
            "empty": "",
            "null": None,
            "huge": "u" * 513,
            "a list": [VICTIM],
            "an object": {"id": VICTIM},
        },
    }
    return {f"{name} {how}": forge.token(**{name: value}) for name, ways in values.items() for how, value in ways.items()}


def _wrong_shapes(forge: Forge) -> dict[str, str]:
    good = forge.token()
    return {
        "crit of something unknown": forge.token(head={"crit": ["exp"], "exp": 1}, exp=1),
        "empty": "",
        "a word": "nonsense",
        "dots": "..",
        "five parts": f"{good}.x.y",
        "four parts": f"{good}.{good.split('.')[2]}",
        "in two pieces": f"{good[:40]} {good[40:]}",
        "payload no JSON": forge.token(b"hello"),
        "payload nothing": forge.token(b""),
        "header no JSON": f"{encoded(b'hello')}.{'.'.join(good.split('.')[1:])}",
        "beyond ASCII": "é🐱.é🐱.é🐱",
        "of 7 kB": "A" * 7168,
    }


def _wrong_places(forge: Forge) -> dict[str, Headers]:
    good, forged = forge.token(), forge.token(key=forge.other)
    return {
        "no header": [],
        "header empty": [("Authorization", b"")],
        "scheme alone": [("Authorization", b"Bearer")],
        "Basic": [("Authorization", b"Basic " + base64.b64encode(b"user_victim:x"))],
        "Basic with a token": [("Authorization", f"Basic {good}".encode())],
        "Digest": [("Authorization", b'Digest username="user_victim"')],
        "lower-case bearer, forged": [("authorization", f"bearer {forged}".encode())],
        "two headers, both forged": [("Authorization", f"Bearer {forged}".encode()), ("Authorization", b"Bearer x.y.z")],
        "in a cookie": [("Cookie", f"__session={good}; Authorization={good}".encode())],
        "in another header": [("X-Authorization", f"Bearer {good}".encode()), ("X-Forwarded-User", VICTIM.encode())],
        "claims as headers": [
            ("X-Amzn-Oidc-Identity", VICTIM.encode()),
            ("X-Amzn-Request-Context", json.dumps(forge.good).encode()),
        ],
    }
