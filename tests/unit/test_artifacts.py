"""Row 16: which files a webhook may refer to. And presigned URLs."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from sorami.artifacts import Artifacts, BadReference, ReferencePolicy, image_key, places_of
from sorami.jobs import BackendFile, S3Ref
from sorami.presigning import presigner
from tests.support.samples import NOON
from tests.support.stack import Stack

JOB = "019b7f5c-3aa6-7c3e-8f2b-0123456789ab"
OTHER = "019b7f5c-3aa6-7c3e-8f2b-ffffffffffff"
OURS = "sorami-images-0123"
KEY = f"images/{JOB}/image_1.png"
BACKEND = "https://backend.example.net"
POLICY = ReferencePolicy(images_bucket=OURS, other_places={"partner/", "dotted.s3.name/", "shared/ours/"}, backend_url=BACKEND)


def reason(*, file_path: str = "", url: str = "", policy: ReferencePolicy = POLICY) -> str:
    with pytest.raises(BadReference) as refused:
        policy.locate(JOB, file_path=file_path, url=url)
    return refused.value.reason


@pytest.mark.parametrize(
    ("arns", "places"),
    [("", ()), ("arn:aws:s3:::one/*", ("one/",)), ("arn:aws:s3:::a/*, arn:aws:s3:::b/c/*", ("a/", "b/c/"))],
)
def test_places_of_a_list_of_arns(arns: str, places: tuple[str, ...]) -> None:
    assert places_of(arns) == places


def test_row_16_of_another_bucket_only_the_allowed_folder_may_be_named() -> None:
    assert POLICY.locate(JOB, file_path="", url="s3://shared/ours/a.png") == S3Ref(bucket="shared", key="ours/a.png")
    assert reason(url="s3://shared/theirs/a.png") == "fault.image_bucket"
    assert reason(url="s3://shared-too/ours/a.png") == "fault.image_bucket"


@pytest.mark.parametrize("url", [f"s3://{OURS}/{KEY}#b", f"s3://{OURS}/{KEY}?b", "s3://partner/a%20b.png"])
def test_row_16_an_s3_name_is_taken_as_it_is_or_not_at_all(url: str) -> None:
    assert reason(url=url) == "fault.image_key"


@pytest.mark.parametrize(
    "url",
    [
        " {0}/x.png",
        "https://backend.exam\tple.net/x.png",
        "{0}/a\x00b",
        '{0}/"><script>',
        "{0}/é",
        "{0}/x y",
        "{0}/" + "x" * 9000,
    ],
)
def test_row_16_a_backend_url_that_parsers_read_differently_is_refused(url: str) -> None:
    assert reason(url=url.format(BACKEND)) == "fault.image_location"


def test_a_key_of_the_job_is_a_file_in_our_bucket() -> None:
    assert POLICY.locate(JOB, file_path=KEY, url="https://evil.example.org/x") == S3Ref(bucket=OURS, key=KEY)


@pytest.mark.parametrize(
    "file_path",
    [
        f"images/{OTHER}/image_1.png",
        f"images/{JOB}",
        f"images/{JOB}/",
        f"images/{JOB}x/image_1.png",
        f"images/{JOB}/../{OTHER}/image_1.png",
        f"images/{JOB}/./image_1.png",
        f"images/{JOB}//image_1.png",
        f"images/{JOB}/..",
        f"images/{JOB}/%2e%2e/{OTHER}/image_1.png",
        f"images/{JOB}%2Fimage_1.png",
        f"images/{JOB}/..\\{OTHER}\\image_1.png",
        f"images/{JOB}/image_1.png?versionId=1",
        f"images/{JOB}/image_1.png#x",
        f"images/{JOB}/image\x00.png",
        f"images/{JOB}/image\n.png",
        f"images/{JOB}/\u202egnp.png",
        f"images/{JOB}/\u200b.png",
        f"images/{JOB}/{'a' * 1024}",
        f"images/{JOB}/{'é' * 491}",
        f"images//{JOB}/image_1.png",
        "images/",
        "images/../uploads/x.png",
        f"images/{JOB.upper()}/image_1.png",
    ],
    ids=lambda path: ascii(path)[:80],
)
def test_a_key_that_is_not_plainly_the_jobs_own_is_refused(file_path: str) -> None:
    assert reason(file_path=file_path, url=f"s3://{OURS}/{KEY}") == "fault.image_key"


@pytest.mark.parametrize(
    "file_path", ["", "./generated_images/a.png", f"/{KEY}", f"Images/{JOB}/a.png", "../images/a.png", "uploads/u/a.png"]
)
def test_any_other_file_path_is_only_a_name(file_path: str) -> None:
    assert POLICY.locate(JOB, file_path=file_path, url=f"s3://{OURS}/{KEY}") == S3Ref(bucket=OURS, key=KEY)
    assert reason(file_path=file_path) == "fault.image_location"


@pytest.mark.parametrize(
    "url",
    [
        f"s3://{OURS}/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com/{KEY}",
        f"https://{OURS}.s3.amazonaws.com/{KEY}",
        f"https://{OURS}.s3.dualstack.eu-west-1.amazonaws.com/{KEY}",
        f"https://{OURS}.s3-accelerate.amazonaws.com/{KEY}",
        f"https://{OURS}.s3.cn-north-1.amazonaws.com.cn/{KEY}",
        f"https://s3.eu-west-1.amazonaws.com/{OURS}/{KEY}",
        f"https://s3.amazonaws.com/{OURS}/{KEY}",
        f"https://s3.dualstack.eu-west-1.amazonaws.com/{OURS}/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com:443/{KEY}",
        f"HTTPS://{OURS}.S3.eu-west-1.AmazonAWS.com/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com/{KEY}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com/images/{JOB}/image%5F1.png",
    ],
)
def test_every_form_of_an_s3_url_gives_bucket_and_key(url: str) -> None:
    assert POLICY.locate(JOB, file_path="", url=url) == S3Ref(bucket=OURS, key=KEY)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("s3://partner/any/key.png", S3Ref(bucket="partner", key="any/key.png")),
        ("https://partner.s3.eu-west-1.amazonaws.com/a%20b.png", S3Ref(bucket="partner", key="a b.png")),
        ("https://dotted.s3.name.s3.us-east-1.amazonaws.com/k", S3Ref(bucket="dotted.s3.name", key="k")),
    ],
)
def test_a_bucket_on_the_list_may_hold_any_key(url: str, location: S3Ref) -> None:
    assert POLICY.locate(JOB, file_path="", url=url) == location


@pytest.mark.parametrize(
    "url",
    [
        f"s3://stranger/{KEY}",
        f"s3://{OURS}.evil/{KEY}",
        f"s3://user@{OURS}/{KEY}",
        f"s3://{OURS}:80/{KEY}",
        f"https://stranger.s3.eu-west-1.amazonaws.com/{KEY}",
        f"https://{OURS}-evil.s3.eu-west-1.amazonaws.com/{KEY}",
        f"https://evil.{OURS}.s3.eu-west-1.amazonaws.com/{KEY}",
        f"https://s3.{OURS}.s3.eu-west-1.amazonaws.com/{KEY}",
        f"https://s3.eu-west-1.amazonaws.com/stranger/{OURS}/{KEY}",
        f"https://s3.eu-west-1.amazonaws.com//{OURS}/{KEY}",
    ],
)
def test_a_bucket_that_is_not_on_the_list_is_refused(url: str) -> None:
    assert reason(url=url) == "fault.image_bucket"


@pytest.mark.parametrize(
    "url",
    [
        f"s3://{OURS}/images/{OTHER}/image_1.png",
        f"s3://{OURS}/uploads/user/a.png",
        f"s3://{OURS}/images/{JOB}/../{OTHER}/a.png",
        f"s3://{OURS}/images/{JOB}/%2e%2e/{OTHER}/a.png",
        f"s3://{OURS}/images/{JOB}/%252e%252e/a.png",
        f"s3://{OURS}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com/images/{OTHER}/a.png",
        f"https://s3.eu-west-1.amazonaws.com/{OURS}/images/{OTHER}/a.png",
        f"https://s3.eu-west-1.amazonaws.com/{OURS}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com//{KEY}",
        "s3://partner/",
        "s3://partner/../a",
    ],
)
def test_a_url_is_held_to_the_same_rules_as_a_key(url: str) -> None:
    assert reason(url=url) == "fault.image_key"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a url",
        f"http://{OURS}.s3.eu-west-1.amazonaws.com/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com.evil.org/{KEY}",
        f"https://evil.org/.amazonaws.com/{OURS}/{KEY}",
        f"https://evil.org/{OURS}.s3.eu-west-1.amazonaws.com/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com@evil.org/{KEY}",
        f"https://user:pass@{OURS}.s3.eu-west-1.amazonaws.com/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com:8443/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com:port/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com:99999/{KEY}",
        f"https://{OURS}.s3x.eu-west-1.amazonaws.com/{KEY}",
        f"https://{OURS}.eu-west-1.amazonaws.com/{KEY}",
        f"https://{OURS}.s3.eu-west-1.evilamazonaws.com/{KEY}",
        f"https://amazonaws.com/{OURS}/{KEY}",
        f"https://{OURS}.s3.eu-west-1.amazonaws.com/{KEY}%ff",
        f"https://[::1/{KEY}",
        "ftp://backend.example.net/a.png",
        "http://backend.example.net/a.png",
        "https://backend.example.net:8443/a.png",
        "https://backend.example.net.evil.org/a.png",
        "https://backend.example.net@evil.org/a.png",
        "https://user@backend.example.net/a.png",
        "https://evil-backend.example.net/a.png",
        "https://backend.example.net\\@evil.org/a.png",
        "https://evil.org/backend.example.net/a.png",
        "https://evil.org#@backend.example.net/a.png",
        "//backend.example.net/a.png",
    ],
)
def test_a_url_that_only_looks_like_s3_or_the_backend_is_refused(url: str) -> None:
    assert reason(url=url) == "fault.image_location"


@pytest.mark.parametrize(
    "url", [f"{BACKEND}/files/a.png", "https://BACKEND.example.net/a.png", f"{BACKEND}:443/a.png?token=1", f"{BACKEND}./a.png"]
)
def test_a_file_on_the_backends_own_host_is_taken_as_it_is(url: str) -> None:
    assert POLICY.locate(JOB, file_path="./a.png", url=url) == BackendFile(url=url)


def test_without_a_backend_no_host_is_the_backends() -> None:
    assert reason(url="/a.png", policy=ReferencePolicy(images_bucket=OURS)) == "fault.image_location"


def test_a_local_engine_speaks_path_style_at_its_own_address_only() -> None:
    local = ReferencePolicy(images_bucket=OURS, s3_endpoint="http://127.0.0.1:4566")
    assert local.locate(JOB, file_path="", url=f"http://127.0.0.1:4566/{OURS}/{KEY}?x=1") == S3Ref(bucket=OURS, key=KEY)
    assert reason(url=f"http://127.0.0.1:4567/{OURS}/{KEY}", policy=local) == "fault.image_location"
    assert reason(url=f"http://127.0.0.1:4566/stranger/{KEY}", policy=local) == "fault.image_bucket"


# Presigned URLs


@pytest.fixture
def artifacts(stack: Stack, deploy: Callable[..., None]) -> Artifacts:
    """With the functions' own client, whose settings decide what a URL looks like."""
    deploy("GenerateFunction")
    return Artifacts(presigner(), OURS)


def test_a_slot_is_a_place_for_one_image_with_its_content_type(artifacts: Artifacts) -> None:
    slots = artifacts.upload_slots(JOB, count=3, image_format="JPEG", at=NOON)
    assert [slot.key for slot in slots] == [f"images/{JOB}/image_{number}.jpg" for number in (1, 2, 3)]
    for slot in slots:
        url = urlsplit(slot.url)
        assert (url.scheme, url.path) == ("https", f"/{slot.key}")
        assert url.hostname == f"{OURS}.s3.eu-west-1.amazonaws.com"
        assert parse_qs(url.query)["X-Amz-Expires"] == ["3600"]
        assert parse_qs(url.query)["X-Amz-SignedHeaders"] == ["content-type;host"]
        assert slot.headers == {"Content-Type": "image/jpeg"}
        assert slot.expires_at == NOON + timedelta(hours=1)


def test_a_file_in_a_bucket_is_read_by_a_fresh_url(artifacts: Artifacts) -> None:
    url = urlsplit(artifacts.read_url(S3Ref(bucket="partner", key="a b/é.png")))
    assert (url.hostname, url.path) == ("partner.s3.eu-west-1.amazonaws.com", "/a%20b/%C3%A9.png")
    assert parse_qs(url.query)["X-Amz-Expires"] == ["3600"]


def test_a_file_on_the_backends_host_keeps_its_url(artifacts: Artifacts) -> None:
    assert artifacts.read_url(BackendFile(url=f"{BACKEND}/a.png")) == f"{BACKEND}/a.png"


@pytest.mark.parametrize(("image_format", "name"), [("PNG", "image_2.png"), ("JPEG", "image_2.jpg"), ("WEBP", "image_2.webp")])
def test_a_key_says_whose_image_it_is(image_format: str, name: str) -> None:
    assert image_key(JOB, 2, image_format) == f"images/{JOB}/{name}"
