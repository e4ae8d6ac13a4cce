from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet, RSAKey

from local.issuer import AUDIENCE, application, claims_for, issuer, mint, new_key, store_key, stored_key

ISSUER = "http://127.0.0.1:5000"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return new_key()


@pytest.fixture
def client(key: RSAKey) -> FlaskClient:
    return application(key, ISSUER).test_client()


def verified(client: FlaskClient, token: str) -> dict[str, Any]:
    """Checked as a gateway checks it: against the published keys, by `kid`."""
    return jwt.decode(token, KeySet.import_key_set(client.get("/.well-known/jwks.json").get_json()), algorithms=["RS256"]).claims


def test_a_token_carries_what_clerk_would_put_into_it() -> None:
    claims = claims_for(ISSUER, "user_1", "org_1", ttl=60)
    assert claims.keys() == {"iss", "sub", "aud", "iat", "nbf", "exp", "azp", "sid", "jti", "org_id"}
    assert (claims["iss"], claims["sub"], claims["aud"], claims["org_id"]) == (ISSUER, "user_1", AUDIENCE, "org_1")
    assert claims["exp"] - claims["iat"] == 60


def test_a_user_without_an_organization_has_no_such_claim() -> None:
    assert "org_id" not in claims_for(ISSUER, "user_1")


def test_a_negative_lifetime_gives_a_token_that_was_once_valid() -> None:
    claims = claims_for(ISSUER, "user_1", ttl=-60)
    assert claims["iat"] == claims["nbf"] == claims["exp"]


def test_a_minted_token_passes_the_published_keys(client: FlaskClient, key: RSAKey) -> None:
    assert verified(client, mint(key, claims_for(ISSUER, "user_1")))["sub"] == "user_1"


def test_another_key_with_the_same_name_does_not_pass(client: FlaskClient, key: RSAKey) -> None:
    foreign = RSAKey.import_key(new_key().as_dict(private=True) | {"kid": str(key.kid)})
    with pytest.raises(BadSignatureError):
        verified(client, mint(foreign, claims_for(ISSUER, "user_1")))


def test_a_key_read_back_from_its_file_signs_as_the_same_key(client: FlaskClient, key: RSAKey, tmp_path: Path) -> None:
    store_key(key, tmp_path / "key.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    assert verified(client, mint(stored_key(tmp_path / "key.pem"), claims_for(ISSUER, "user_2")))["sub"] == "user_2"


def test_discovery_names_the_issuer_and_its_keys_and_no_private_part_is_published(client: FlaskClient) -> None:
    found = client.get("/.well-known/openid-configuration").get_json()
    assert (found["issuer"], found["jwks_uri"]) == (ISSUER, f"{ISSUER}/.well-known/jwks.json")
    assert all("d" not in entry for entry in client.get("/.well-known/jwks.json").get_json()["keys"])


def test_the_token_endpoint_gives_the_asked_user_and_lifetime(client: FlaskClient) -> None:
    claims = verified(client, client.post("/token", json={"sub": "user_3", "org_id": "org_9", "ttl": 5}).get_json()["token"])
    assert (claims["sub"], claims["org_id"], claims["exp"] - claims["iat"]) == ("user_3", "org_9", 5)


@pytest.mark.parametrize(
    "asked", [None, [], {}, {"sub": 1}, {"sub": ""}, {"sub": "u", "ttl": "5"}, {"sub": "u", "org_id": 7}, {"sub": "\ud800"}]
)
def test_the_token_endpoint_refuses_what_it_cannot_read(client: FlaskClient, asked: object) -> None:
    assert client.post("/token", json=asked).status_code == 400


@pytest.mark.parametrize(
    ("origin", "open_"), [("http://localhost:5173", True), ("http://127.0.0.1:3000", True), ("https://evil.example", False)]
)
def test_only_pages_of_this_machine_may_read_tokens(client: FlaskClient, origin: str, open_: bool) -> None:
    answer = client.post("/token", json={"sub": "user_1"}, headers={"Origin": origin})
    assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is open_


@pytest.mark.parametrize("origin", ["https://evil.example", "http://evil.example:5000", "null", "http://localhost.evil.example"])
def test_a_foreign_page_is_given_no_token_at_all(client: FlaskClient, origin: str) -> None:
    """One whose name leads to this address needs no CORS headers to read its answer."""
    answer = client.post("/token", json={"sub": "user_1"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "token" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5000", "localhost.evil.example", "127.0.0.1.evil.example"])
def test_under_a_foreign_name_nothing_is_served(key: RSAKey, host: str) -> None:
    with issuer(key) as url:
        foreign = requests.post(f"{url}/token", json={"sub": "user_1"}, headers={"Host": host}, timeout=60)
        own = requests.post(f"{url}/token", json={"sub": "user_1"}, timeout=60)
    assert (foreign.status_code, own.status_code) == (400, 200)
    assert "token" not in foreign.text
