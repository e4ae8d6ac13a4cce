"""A token issuer for development: OIDC discovery, a JWKS, and tokens whose claims look like Clerk's. Each run has its own key.

Routes: GET /.well-known/openid-configuration · GET /.well-known/jwks.json · POST /token {"sub", "org_id"?, "ttl"?} → {"token"}.
`POST /token` gives anybody on this machine anybody's token: it exists on the loopback interface only, never where users are real.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, request
from joserfc import jwt
from joserfc.jwk import RSAKey

from local.serving import OWN_NAMES, answering, listening, origin

AUDIENCE = "sorami-images"
DEFAULT_TTL = 3600
_PAGE_ORIGIN = "http://localhost:3000"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


def store_key(key: RSAKey, path: Path) -> None:
    path.touch(0o600)
    path.write_bytes(key.as_pem(private=True))


def stored_key(path: Path) -> RSAKey:
    """The same key, with the same `kid`: that is the key's thumbprint."""
    key = RSAKey.import_key(path.read_bytes(), {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key


def claims_for(issuer_url: str, subject: str, org_id: str | None = None, ttl: int = DEFAULT_TTL) -> dict[str, Any]:
    """What a Clerk JWT template with `aud` and `org_id` puts into a token. A negative ttl (seconds) gives an expired one."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer_url,
        "sub": subject,
        "aud": AUDIENCE,
        "iat": min(now, now + ttl),
        "nbf": min(now, now + ttl),
        "exp": now + ttl,
        "azp": _PAGE_ORIGIN,
        "sid": f"sess_{uuid.uuid4().hex}",
        "jti": uuid.uuid4().hex,
    }
    return claims | ({"org_id": org_id} if org_id else {})


def mint(key: RSAKey, claims: Mapping[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, dict(claims), key)


def application(key: RSAKey, issuer_url: str) -> Flask:
    app = Flask("sorami-issuer")

    @app.get("/.well-known/openid-configuration")
    def configuration() -> Response:
        return jsonify(
            issuer=issuer_url,
            jwks_uri=f"{issuer_url}/.well-known/jwks.json",
            token_endpoint=f"{issuer_url}/token",
            response_types_supported=["token"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
        )

    @app.get("/.well-known/jwks.json")
    def key_set() -> Response:
        return jsonify(keys=[key.as_dict(private=False)])

    @app.post("/token")
    def token() -> tuple[Response, int]:
        # Without CORS headers a foreign page could not read the answer, unless its name leads to this address: it is given none.
        if "Origin" in request.headers and not _is_ours(request.origin):
            abort(403)
        asked: Any = request.get_json(silent=True)
        if not _readable(asked):
            return jsonify(message='Send {"sub": "user_1"}, and optionally "org_id" and "ttl" (seconds).'), 400
        claims = claims_for(issuer_url, asked["sub"], asked.get("org_id"), asked.get("ttl", DEFAULT_TTL))
        return jsonify(token=mint(key, claims)), 200

    @app.after_request
    def open_to_pages(response: Response) -> Response:
        # Pages on this machine only: a site on the internet must not mint itself tokens through its visitor's browser.
        if _is_ours(request.origin or ""):
            response.headers["Access-Control-Allow-Origin"] = str(request.origin)
            response.headers["Access-Control-Allow-Headers"] = "content-type"
            response.headers["Vary"] = "Origin"
        return response

    return app


def _is_ours(origin: str) -> bool:
    return urlsplit(origin).hostname in OWN_NAMES


def _readable(asked: Any) -> bool:
    if not isinstance(asked, dict) or not asked.get("sub"):
        return False
    return isinstance(asked.get("ttl", 0), int) and _is_name(asked["sub"]) and _is_name(asked.get("org_id", ""))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


@contextmanager
def issuer(key: RSAKey) -> Iterator[str]:
    """Serve on a free loopback port, in threads of this process; yields the issuer's URL."""
    with listening() as server:
        url = origin(server)
        with answering(server, application(key, url)):
            yield url
