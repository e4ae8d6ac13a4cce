from pathlib import Path

import pytest

from local.asked import read_arguments
from local.failures import BadOption
from local.record import STATE


def test_without_a_word_it_is_any_port_french_the_example_backend_and_our_origins() -> None:
    state, options = read_arguments([])
    assert state == STATE
    assert (options.port, options.locale, options.backend_url, options.parameters) == (0, "fr", None, {})


def test_what_is_asked_for_reaches_the_options() -> None:
    words = [
        "--port=8080",
        "--locale=en",
        "--backend=http://127.0.0.1:5001/",
        "--origins=http://localhost:5173, https://a.example",
    ]
    state, options = read_arguments([*words, "--state=here"])
    assert state == Path("here")
    assert (options.port, options.locale, options.backend_url) == (8080, "en", "http://127.0.0.1:5001")
    assert options.parameters == {"AllowedOrigins": "http://localhost:5173,https://a.example"}


@pytest.mark.parametrize("port", ["70000", "65536", "-1", "abc", "", "8080 8081", "8_0", "٣"])
def test_what_is_no_port_is_refused_in_one_sentence(port: str) -> None:
    with pytest.raises(BadOption) as refused:
        read_arguments([f"--port={port}"])
    assert str(refused.value).startswith(f"PORT={port} is no port: it must be a number from 1 to 65535")


def test_the_highest_port_is_one() -> None:
    assert read_arguments(["--port", "65535"])[1].port == 65535


def test_a_locale_without_texts_is_refused_by_name() -> None:
    with pytest.raises(BadOption, match=r"^There are no texts in LOCALE=de: it must be fr or en\.$"):
        read_arguments(["--locale=de"])


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:5001",
        "ftp://b",
        "http://",
        "http://b?x=1",
        "http://b#x",
        "http://b:99999",
        "http://b:x",
        "http://b/o'x",
        "http://b c",
    ],
)
def test_what_the_template_would_not_take_as_backend_is_refused_before_anything_starts(url: str) -> None:
    with pytest.raises(BadOption) as refused:
        read_arguments([f"--backend={url}"])
    assert str(refused.value).startswith(f"BACKEND={url} is no base URL")


@pytest.mark.parametrize(
    "origins", ["localhost:5173", "http://localhost:5173/", "http://a,,http://b", "http://a:99999", "http://a'"]
)
def test_what_is_no_origin_is_refused(origins: str) -> None:
    with pytest.raises(BadOption, match=r"is no origin\."):
        read_arguments([f"--origins={origins}"])


def test_a_word_that_is_no_option_is_one_sentence_too() -> None:
    with pytest.raises(BadOption, match=r"^Unrecognized arguments: --prot=1\.$"):
        read_arguments(["--prot=1"])
