"""One file from the backend's host: what is fetched at all, what is taken, what may pass, what never will."""

import io
import itertools
import re
from collections.abc import Callable, Iterator

import pytest
import requests
import responses

from ingest import downloading
from ingest.downloading import MAX_BYTES, Download
from ingest.outcomes import CopyPostponed, CopyRefused
from sorami.backend import session
from tests.support.backend_files import CONTENT_TYPES, PICTURES
from tests.support.stack import BACKEND_URL

URL = f"{BACKEND_URL}/files/x/image_1.png?v=2"
PNG = PICTURES["PNG"]


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def stopped() -> float:
    return 0.0


def fetch(url: str = URL, image_format: str = "PNG", *, base: str = BACKEND_URL, clock: Callable[[], float] = stopped) -> bytes:
    """What was written, from the place where the download left off."""
    into = io.BytesIO()
    size = Download(session(), base, clock).fetch(url, image_format, into, until=10.0)
    assert size == len(into.getvalue())
    return into.read()


@pytest.mark.parametrize("image_format", PICTURES)
def test_an_image_is_fetched_byte_for_byte(image_format: str, http: responses.RequestsMock) -> None:
    http.get(URL, body=PICTURES[image_format], content_type=f"{CONTENT_TYPES[image_format].upper()}; charset=binary")
    assert fetch(image_format=image_format) == PICTURES[image_format]


def test_neither_our_key_nor_a_compressed_answer_is_offered(http: responses.RequestsMock) -> None:
    http.get(URL, body=PNG, content_type="image/png")
    fetch()
    sent = http.calls[0].request.headers
    assert "Authorization" not in sent
    assert sent["Accept-Encoding"] == "identity"


FOREIGN = [
    "http://evil.example/files/x.png",
    "http://backend.example.net/files/x.png",  # another port
    "https://backend.example.net:8000/files/x.png",
    "http://backend.example.net:8000@evil.example/x.png",
    "http://user:password@backend.example.net:8000/x.png",
    "http://evil.example\\@backend.example.net:8000/x.png",
    "http://backend.example.net:8000/\\evil.example/x.png",
    "http://backend.exam\tple.net:8000/x.png",
    " http://backend.example.net:8000/x.png",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "//backend.example.net:8000/x.png",
    "http://backend.example.net:port/x.png",
    "",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_row_17_nothing_but_the_backends_own_host_is_asked(url: str, http: responses.RequestsMock) -> None:
    with pytest.raises(CopyRefused, match="not on the backend's host"):
        fetch(url)
    assert len(http.calls) == 0


def test_row_17_without_a_backend_nothing_is_asked(http: responses.RequestsMock) -> None:
    with pytest.raises(CopyRefused, match="not on the backend's host"):
        fetch(base="")


@pytest.mark.parametrize("path", ["//evil.example/x.png", "/@evil.example/x.png", "/files/../x.png"])
def test_row_17_no_path_leads_away_from_the_host(path: str, http: responses.RequestsMock) -> None:
    http.get(re.compile(".*"), status=410)
    with pytest.raises(CopyRefused, match="HTTP 410"):
        fetch(BACKEND_URL + path)
    assert str(http.calls[0].request.url).startswith(f"{BACKEND_URL}/")


@pytest.mark.parametrize("host", ["HTTP://BACKEND.example.net:8000", "http://backend.example.net.:8000"])
def test_row_17_the_host_is_asked_as_the_settings_spell_it(host: str, http: responses.RequestsMock) -> None:
    http.get(URL, body=PNG, content_type="image/png")
    http.get(re.compile(r".*example\.net\.:8000.*"), body=PNG, content_type="image/png")
    fetch(f"{host}/files/x/image_1.png?v=2#top")
    assert http.calls[0].request.url == URL


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_row_6_a_redirect_to_the_metadata_address_is_not_followed(status: int, http: responses.RequestsMock) -> None:
    metadata = http.get("http://169.254.169.254/latest/", body=PNG, content_type="image/png")
    http.get(URL, status=status, headers={"Location": "http://169.254.169.254/latest/"})
    with pytest.raises(CopyRefused, match=f"HTTP {status}"):
        fetch()
    assert metadata.call_count == 0


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 403, 410, 451])
def test_any_other_status_is_final(status: int, http: responses.RequestsMock) -> None:
    http.get(URL, status=status, body=PNG, content_type="image/png")
    with pytest.raises(CopyRefused, match=f"HTTP {status}"):
        fetch()


@pytest.mark.parametrize("status", [404, 408, 425, 429, 500, 502, 503, 504])
def test_row_3_a_status_that_may_pass_is_tried_again(status: int, http: responses.RequestsMock) -> None:
    http.get(URL, status=status, body=PNG, content_type="image/png")
    with pytest.raises(CopyPostponed, match=f"HTTP {status}"):
        fetch()


@pytest.mark.parametrize("error", [requests.ConnectTimeout("slow"), requests.ReadTimeout("slow"), ConnectionResetError()])
def test_row_3_no_answer_is_tried_again(error: Exception, http: responses.RequestsMock) -> None:
    http.get(URL, body=error)
    with pytest.raises(CopyPostponed, match=type(error).__name__):
        fetch()


def test_row_3_an_answer_that_ends_early_is_tried_again(http: responses.RequestsMock) -> None:
    """urllib3 sees to it; without that a torn file would be stored."""
    http.get(URL, body=PNG, content_type="image/png", headers={"Content-Length": str(len(PNG) + 1)})
    with pytest.raises(CopyPostponed):
        fetch()


def test_the_limit_is_25_mib() -> None:
    assert MAX_BYTES == 26_214_400


@pytest.mark.parametrize("length", [str(MAX_BYTES + 1), "9" * 5000])
def test_row_6_a_file_that_says_it_is_too_large_is_not_read(length: str, http: responses.RequestsMock) -> None:
    http.get(URL, body=PNG, content_type="image/png", headers={"Content-Length": length})
    with pytest.raises(CopyRefused, match="larger than"):
        fetch()


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "-1"}, {"Content-Length": "many"}])
def test_row_6_a_file_that_turns_out_too_large_is_not_kept(headers: dict[str, str], http: responses.RequestsMock) -> None:
    into = io.BytesIO()
    http.get(URL, body=PNG + bytes(MAX_BYTES), content_type="image/png", headers=headers)
    with pytest.raises(CopyRefused, match="larger than"):
        Download(session(), BACKEND_URL, stopped).fetch(URL, "PNG", into, until=10.0)
    assert len(into.getvalue()) <= MAX_BYTES


def test_a_file_of_exactly_the_limit_is_taken(http: responses.RequestsMock) -> None:
    whole = PNG + bytes(MAX_BYTES - len(PNG))
    http.get(URL, body=whole, content_type="image/png", headers={"Content-Length": str(MAX_BYTES)})
    assert fetch() == whole


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/octet-stream", "", "image/png2"])
def test_row_6_only_image_types_are_taken(content_type: str, http: responses.RequestsMock) -> None:
    http.get(URL, body=PNG, content_type=content_type)
    with pytest.raises(CopyRefused, match="the content type is"):
        fetch()


@pytest.mark.parametrize(
    "body", [b"", PNG[:7], b"<html>", PICTURES["JPEG"], PICTURES["WEBP"], b"RIFF\x24\x01\x00\x00WAVEfmt "], ids=range(6)
)
def test_row_6_a_file_that_is_not_the_image_it_should_be_is_refused(body: bytes, http: responses.RequestsMock) -> None:
    http.get(URL, body=body, content_type="image/png")
    with pytest.raises(CopyRefused, match="the file is no PNG"):
        fetch()


def test_a_riff_file_that_is_no_webp_is_refused(http: responses.RequestsMock) -> None:
    http.get(URL, body=b"RIFF\x24\x01\x00\x00WAVEfmt " + bytes(99), content_type="image/webp")
    with pytest.raises(CopyRefused, match="the file is no WEBP"):
        fetch(image_format="WEBP")


def test_row_4_a_file_that_trickles_in_is_given_up_in_time(http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte at a time, one second each: after ten of them the time is up, however many are to come."""
    monkeypatch.setattr(downloading, "_CHUNK", 1)
    http.get(URL, body=PNG, content_type="image/png")
    seconds = itertools.count(1)
    with pytest.raises(CopyPostponed, match="the time is up"):
        fetch(clock=lambda: float(next(seconds)))
    assert next(seconds) == 11
