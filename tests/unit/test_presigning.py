"""Our presigning beside that of botocore's S3 client, to the byte: same session, same second."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import botocore.auth
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from sorami.clients import client, session
from sorami.presigning import Presigner, presigner
from sorami.settings import load

_CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
_REGIONS = [
    "eu-west-3",
    "us-east-1",
    "us-west-2",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "eu-isoe-west-1",
    "ap-southeast-5",
]
_PLACE = {"Bucket": "pictures", "Key": "images/1/image_1.png"}

_DESCRIPTIONS = Loader()  # one for all: reading them takes most of a client's making

type Make = Callable[..., tuple[Presigner, Any]]


class _Unused:
    """A client that must not be needed."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the client was made, to {name}")


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Make:
    """`make({"AWS_DEFAULT_REGION": "…"}, profile="…")`: a presigner that may ask no client, and a client, both at one moment."""
    moment = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)

    def both(variables: Mapping[str, str], *, profile: str = "", with_client: bool = False) -> tuple[Presigner, Any]:
        (tmp_path / "config").write_text(f"[default]\n{profile}")
        plain = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "eu-west-3"}
        for name, value in {**plain, "AWS_CONFIG_FILE": str(tmp_path / "config"), **variables}.items():
            monkeypatch.setenv(name, value)
        load.cache_clear()  # type: ignore[attr-defined]  # cached, which the type checker is not told
        one = Session()
        one.register_component("data_loader", _DESCRIPTIONS)
        real: Any = one.create_client("s3", config=_CONFIG)
        return Presigner(one, real if with_client else cast("Any", _Unused())), real

    return both


def assert_same(ours: Presigner, real: Any, method: str = "get_object", **params: str) -> None:
    asked = {"Params": {**_PLACE, **params}, "ExpiresIn": 3600}
    assert ours.generate_presigned_url(method, **asked) == real.generate_presigned_url(method, **asked)  # type: ignore[arg-type]


_KEYS = st.text(min_size=1, max_size=40) | st.text("/.~+% ?#&=é\"'\\", min_size=1, max_size=12)
_BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True).filter(
    lambda one: "--" not in one
) | st.sampled_from(["a.b.c", "www.example.net", "1.2.3"])


_CALLS = st.fixed_dictionaries(
    {
        "Params": st.fixed_dictionaries({"Bucket": _BUCKETS, "Key": _KEYS}),
        "ExpiresIn": st.integers(1, 604_800),
    }
)


@pytest.mark.parametrize("region", _REGIONS)
def test_urls_are_the_clients_to_the_byte(make: Make, region: str) -> None:
    ours, real = make({"AWS_DEFAULT_REGION": region})

    @given(_CALLS, st.sampled_from(["get_object", "put_object"]), st.sampled_from(["image/png", "image/webp"]))
    @settings(max_examples=40, derandomize=True, deadline=None)
    def hold(asked: dict[str, Any], method: str, content_type: str) -> None:
        if method == "put_object":
            asked["Params"]["ContentType"] = content_type
        assert ours.generate_presigned_url(method, **asked) == real.generate_presigned_url(method, **asked)

    hold()


@pytest.mark.parametrize("bucket", ["pictures", "pictures.of.cats"])
@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:4566",
        "http://127.0.0.1:4566/",
        "http://localhost:4566",
        "https://s3.example.net",
        "https://s3.example.net/base",
        "http://s3.example.net:9000/base/",
        "http://[::1]:4566",
    ],
)
def test_an_endpoint_of_ones_own_is_the_clients(make: Make, endpoint: str, bucket: str) -> None:
    assert_same(*make({"AWS_ENDPOINT_URL": endpoint}), Bucket=bucket)
    assert_same(*make({"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3": endpoint}), Bucket=bucket)


def test_credentials_of_a_role_go_along(make: Make) -> None:
    ours, real = make({"AWS_SESSION_TOKEN": "a token/+="})
    assert_same(ours, real)
    assert "X-Amz-Security-Token=a%20token%2F%2B%3D" in ours.generate_presigned_url("get_object", Params=_PLACE, ExpiresIn=60)


def test_credentials_that_have_changed_are_used_at_the_next_call(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, real = make({})
    assert_same(ours, real)
    held: Any = ours._session.get_credentials()
    held.access_key = "ANOTHER"
    assert_same(ours, real)
    assert "ANOTHER" in ours.generate_presigned_url("get_object", Params=_PLACE, ExpiresIn=60)


@pytest.mark.parametrize(
    ("variables", "profile"),
    [
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, ""),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, ""),
        ({"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "regional", "AWS_DEFAULT_REGION": "us-east-1"}, ""),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, ""),
        ({}, "endpoint_url = http://127.0.0.1:4566\n"),
        ({}, "services = local\n[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:4567\n"),
        ({}, "s3 =\n  use_accelerate_endpoint = true\n"),
        ({}, "s3 =\n  use_dualstack_endpoint = true\n"),
        ({"AWS_DEFAULT_REGION": "aws-global"}, ""),
        ({"AWS_DEFAULTS_MODE": "standard", "AWS_DEFAULT_REGION": "us-east-1"}, ""),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, "defaults_mode = in-region\n"),
        ({}, "api_versions =\n  s3 = 2006-03-01\n"),
    ],
    ids=str,
)
def test_what_is_set_up_out_of_the_ordinary_is_left_to_the_client(make: Make, variables: dict[str, str], profile: str) -> None:
    assert_same(*make(variables, profile=profile, with_client=True))
    ours, _ = make(variables, profile=profile)
    with pytest.raises(AssertionError, match="the client was made"):
        ours.generate_presigned_url("get_object", Params=_PLACE, ExpiresIn=60)


@pytest.mark.parametrize("bucket", ["arn:aws:s3:eu-west-3:1:accesspoint/cats", "cats--euw3-az1--x-s3", "Cats", "ca_ts"])
def test_buckets_of_other_kinds_are_left_to_the_client(make: Make, bucket: str) -> None:
    ours, _ = make({})
    with pytest.raises(AssertionError, match="the client was made"):
        ours.generate_presigned_url("get_object", Params={**_PLACE, "Bucket": bucket}, ExpiresIn=60)


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("get_object", {"ResponseContentDisposition": "attachment"}),
        ("get_object", {"VersionId": "1"}),
        ("put_object", {"ContentType": "image/png", "Tagging": "a=b"}),
        ("delete_object", {}),
    ],
)
def test_what_is_asked_beyond_place_and_type_is_left_to_the_client(make: Make, method: str, more: dict[str, str]) -> None:
    ours, real = make({}, with_client=True)
    assert_same(ours, real, method, **more)
    ours, _ = make({})
    with pytest.raises(AssertionError, match="the client was made"):
        ours.generate_presigned_url(method, Params={**_PLACE, **more}, ExpiresIn=60)


def test_a_type_for_what_is_read_is_the_clients_to_refuse(make: Make) -> None:
    ours, _ = make({}, with_client=True)
    with pytest.raises(BotoCoreError, match="ContentType"):
        ours.generate_presigned_url("get_object", Params={**_PLACE, "ContentType": "image/png"}, ExpiresIn=60)


@pytest.mark.parametrize("endpoint", ["nowhere", "http://", "http://local_stack:4566", "https://é.example"])
def test_an_endpoint_that_is_none_is_the_clients_to_refuse(make: Make, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    make({})
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    load.cache_clear()  # type: ignore[attr-defined]  # cached, which the type checker is not told
    with pytest.raises(AssertionError, match="the client was made"):
        Presigner(Session(), cast("Any", _Unused())).generate_presigned_url("get_object", Params=_PLACE, ExpiresIn=60)


def test_where_there_are_no_credentials_the_client_says_so(make: Make) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    ours, real = make(nobody, with_client=True)
    for one in (ours, real):
        with pytest.raises(BotoCoreError, match="credentials"):
            one.generate_presigned_url("get_object", Params=_PLACE, ExpiresIn=60)


def test_a_key_that_is_none_is_the_clients_to_refuse(make: Make) -> None:
    ours, _ = make({}, with_client=True)
    with pytest.raises(BotoCoreError, match="Key"):
        ours.generate_presigned_url("get_object", Params={**_PLACE, "Key": ""}, ExpiresIn=60)


def test_a_form_is_the_clients(make: Make) -> None:
    ours, real = make({}, with_client=True)
    asked = {"Bucket": "pictures", "Key": "a.png", "Fields": {}, "Conditions": [["content-length-range", 1, 2]], "ExpiresIn": 60}
    mine, theirs = ours.generate_presigned_post(**asked), real.generate_presigned_post(**asked)
    assert mine["url"] == theirs["url"]
    assert mine["fields"].keys() == theirs["fields"].keys()


def test_a_workers_urls_are_those_of_its_client_which_is_not_made(make: Make) -> None:
    make({})
    session.cache_clear()
    try:
        url = presigner().generate_presigned_url("get_object", Params=_PLACE, ExpiresIn=60)
        assert url == client("s3").generate_presigned_url("get_object", Params=_PLACE, ExpiresIn=60)
    finally:
        session.cache_clear()
