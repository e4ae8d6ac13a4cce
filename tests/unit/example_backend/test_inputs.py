import io
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import responses
from PIL import Image

from examples.backend import inputs
from examples.backend.inputs import BadInput, fetch_input
from examples.backend.jobs import Job
from local.ports import LOOPBACK
from tests.support.serving import serving

from .conftest import BUCKET, WEBHOOK, Body, events, puts

URL = f"{BUCKET}/uploads/x.png?X-Amz-Signature=abc"


def picture(size: tuple[int, int] = (64, 64), image_format: str = "PNG", colour: str = "red") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, image_format)
    return content.getvalue()


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_fetched(image_format: str, wire: responses.RequestsMock) -> None:
    wire.get(URL, body=picture((40, 30), image_format), content_type=f"image/{image_format.lower()}")
    found = fetch_input(URL, [])
    assert (found.size, found.mode) == ((40, 30), "RGB")


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404},
        {"status": 302, "headers": {"Location": "http://169.254.169.254/"}},
        {"body": b"<html>", "content_type": "text/html"},
        {"body": b"no picture", "content_type": "image/png"},
        {"body": picture()[:60], "content_type": "image/png"},
        {"body": picture(image_format="GIF"), "content_type": "image/png"},
        {"body": ConnectionError("gone")},
    ],
    ids=["missing", "redirect", "a page", "nonsense", "cut off", "another format", "no answer"],
)
def test_anything_else_is_no_input(answer: Body, wire: responses.RequestsMock) -> None:
    wire.get(URL, **answer)
    with pytest.raises(BadInput):
        fetch_input(URL, [])
    assert len(wire.calls) == 1


def test_a_file_is_read_no_further_than_allowed(wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_LARGEST", 100)
    wire.get(URL, body=b"x" * 101, content_type="image/png")
    with pytest.raises(BadInput, match="more than 100 bytes"):
        fetch_input(URL, [])


def test_a_small_file_with_too_many_pixels_is_not_unpacked(wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_MOST_PIXELS", 100)
    wire.get(URL, body=picture((11, 10)), content_type="image/png")
    with pytest.raises(BadInput, match="11x10 pixels"):
        fetch_input(URL, [])


@pytest.fixture
def private() -> Iterator[str]:
    """A picture on this very machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(picture())

        def log_message(self, *_given: object) -> None:
            pass

    with serving(HTTPServer((LOOPBACK, 0), Handler)) as url:
        yield f"{url}/x.png"


def test_a_private_address_is_left_at_once_whatever_its_name_says(private: str) -> None:
    for url in (private, private.replace("127.0.0.1", "localhost")):
        with pytest.raises(BadInput):
            fetch_input(url, ["https://bucket.example/images/x.png"])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False), ("::1", False),
        ("::ffff:127.0.0.1", False), ("64:ff9b::a9fe:a9fe", False), ("fec0::1", False), ("fd00::1", False),
    ],
)  # fmt: skip
def test_an_address_is_as_public_as_what_it_stands_for(address: str, public: bool) -> None:
    assert inputs.is_public(address) is public


def test_the_services_own_storage_may_be_anywhere(private: str) -> None:
    assert fetch_input(private, [f"{private}?the=place-for-a-result"]).size == (64, 64)


# In a job


def test_the_input_is_blended_into_the_drawing(wire: responses.RequestsMock, play: Callable[[Body], Job], body: Body) -> None:
    wire.post(WEBHOOK, json={"success": True, "applied": True})
    for upload in body["uploads"]:
        wire.put(upload["url"].partition("?")[0])
    wire.get(URL, body=picture(colour="red"), content_type="image/png")
    one = body | {"num_images": 1, "format": "PNG"}
    play(one)
    play(one | {"job_id": "job-2", "input_image_url": URL})
    drawn, blended = (Image.open(io.BytesIO(file.body or b"")).convert("RGB") for file in puts(wire))  # type: ignore[arg-type]
    for place in ((10, 10), (256, 256), (500, 500)):
        before, after = drawn.getpixel(place), blended.getpixel(place)
        assert isinstance(before, tuple)
        expected = ((before[0] + 255) / 2, before[1] / 2, before[2] / 2)
        assert after == pytest.approx(expected, abs=2)


def test_an_input_that_is_not_there_fails_the_job_and_says_so(
    wire: responses.RequestsMock, play: Callable[[Body], Job], body: Body
) -> None:
    wire.post(WEBHOOK, json={"success": True, "applied": True})
    wire.get(URL, status=403)
    assert play(body | {"input_image_url": URL}).status == "FAILED"
    assert (events(wire)[-1]["status"], events(wire)[-1]["error_code"]) == ("failed", "invalid_input")
    assert "X-Amz" not in str(events(wire))
