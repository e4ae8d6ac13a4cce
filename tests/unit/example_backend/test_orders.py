from typing import Any

import pytest

from examples.backend.orders import BadOrder, read_order

from .conftest import WEBHOOK, Body


def refusal(body: object) -> set[str]:
    with pytest.raises(BadOrder) as caught:
        read_order(body, None, "http://me/")
    return {error["pointer"] for error in caught.value.errors}


def test_defaults_are_filled_in() -> None:
    order = read_order({"job_id": "j", "prompt": " a cat "}, WEBHOOK, "http://me/")
    assert (order.prompt, order.count, order.dimensions, order.format) == ("a cat", 1, "1024x1024", "PNG")
    assert (order.style, order.quality, order.webhook_url) == ("photorealistic", "standard", WEBHOOK)


def test_the_orders_own_webhook_wins(body: Body) -> None:
    assert read_order(body, "https://other.test/hook", "http://me/").webhook_url == WEBHOOK


def test_every_fault_is_named_at_once(body: Body) -> None:
    faults: Body = {
        "job_id": "../x",
        "prompt": " ",
        "num_images": 5,
        "size": "1x1",
        "format": "GIF",
        "style": "?",
        "quality": "?",
    }
    faults |= {"webhook_url": "file:///etc/passwd", "uploads": [{"key": "k"}], "input_image_url": "file:///etc/passwd"}
    pointers = {"/job_id", "/prompt", "/num_images", "/size", "/format", "/style", "/quality", "/webhook_url", "/uploads/0"}
    pointers |= {"/input_image_url"}
    assert refusal(body | faults) == pointers


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://\ud800/", "characters of a URL"),
        ("http://service.test/a b", "characters of a URL"),
        ("http://bücher.test/", "characters of a URL"),
        ("http://service.test\\@other.test/", "characters of a URL"),
        ("http://someone:secret@service.test/", "no user"),
        ("ftp://service.test/", "begin with http"),
        ("service.test/hook", "begin with http"),
        ("http:///hook", "a host"),
        ("http://..test/", "a host"),
        ("http://-/", "a host"),
        (f"http://{'a' * 64}.test/", "a host"),
        ("http://[::1/", "a host"),
        ("http://[v1.x]/", "a host"),
        ("http://[::1]test/", "a host"),
        ("http://test[::1]/", "a host"),
        ("http://service.test:99999/", "a port"),
        ("http://service.test:0/", "a port"),
        ("http://service.test:x/", "a port"),
        (f"http://service.test/{'a' * 8192}", "8192 characters"),
        ("", "is required"),
        (7, "must be a string"),
    ],
)
def test_a_webhook_that_cannot_be_called_is_refused_with_the_reason(body: Body, url: Any, words: str) -> None:
    with pytest.raises(BadOrder) as caught:
        read_order(body | {"webhook_url": url}, None, "http://me/")
    assert {error["pointer"] for error in caught.value.errors} == {"/webhook_url"}
    assert words in caught.value.errors[0]["detail"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5001/_aws/execute-api/1/api/webhooks/image-completion",
        "https://[::1]:8443/hook",
        "https://service.test./hook?a=b%20c&d='()",
        "http://my_service:8080",
    ],
)
def test_a_webhook_that_can_be_called_is_taken(body: Body, url: str) -> None:
    assert read_order(body | {"webhook_url": url}, None, "http://me/").webhook_url == url


@pytest.mark.parametrize("url", ["http://\ud800/", "https://me:it@x/y"])
def test_the_same_is_asked_of_every_other_url(body: Body, url: str) -> None:
    upload = {"key": "k", "url": url}
    assert refusal(body | {"input_image_url": url, "uploads": [upload]}) == {"/input_image_url", "/uploads/0"}


@pytest.mark.parametrize("count", [0, 5, "x", "", 1.5, True, None, "99999"])
def test_odd_counts_are_refused(body: Body, count: Any) -> None:
    assert refusal(body | {"num_images": count}) == {"/num_images"}


def test_counts_may_be_numeric_strings(body: Body) -> None:
    assert read_order(body | {"num_images": "2"}, None, "http://me/").count == 2


@pytest.mark.parametrize("prompt", ["", "x" * 4001, "a\x00b", "\ud800", 7])
def test_odd_prompts_are_refused(body: Body, prompt: Any) -> None:
    assert refusal(body | {"prompt": prompt}) == {"/prompt"}


@pytest.mark.parametrize(
    "upload",
    [
        None,
        {"key": "k", "url": "ftp://x/y"},
        {"key": "k", "url": "https://x/y", "method": "POST"},
        {"key": "", "url": "https://x/y"},
    ],
)
def test_odd_uploads_are_refused(body: Body, upload: Any) -> None:
    assert refusal(body | {"uploads": [upload]}) == {"/uploads/0"}


@pytest.mark.parametrize(("asked", "given", "made"), [(2, 1, 1), (1, 2, 1), (2, 2, 2), (3, 0, 3)])
def test_images_are_as_many_as_both_sides_allow(body: Body, asked: int, given: int, made: int) -> None:
    changed = body | {"num_images": asked, "uploads": body["uploads"][:given]}
    assert read_order(changed, None, "http://me/").count == made


@pytest.mark.parametrize("body", [None, [], "x", 3])
def test_only_objects_are_orders(body: Any) -> None:
    assert refusal(body) == {""}


def test_presigned_urls_are_not_shown(body: Body) -> None:
    assert "X-Amz-Signature" not in repr(read_order(body, None, "http://me/"))
