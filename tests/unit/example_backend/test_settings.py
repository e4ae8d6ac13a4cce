from pathlib import Path

import pytest

from examples.backend.settings import BadConfiguration, Settings, read_settings


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(BadConfiguration) as caught:
        read_settings({"WEBHOOK_URL": "ftp://x", "SECONDS_PER_JOB": "nan", "LOCALE": "de", "WORKERS": "0"})
    for name in ("WEBHOOK_SECRET", "WEBHOOK_URL", "SECONDS_PER_JOB", "LOCALE", "WORKERS"):
        assert name in str(caught.value)


def test_the_secret_alone_is_enough() -> None:
    assert read_settings({"WEBHOOK_SECRET": "s", "BACKEND_API_KEY": " "}) == Settings(webhook_secret="s")


def test_each_variable_is_read() -> None:
    environ = {
        "WEBHOOK_SECRET": "s",
        "WEBHOOK_URL": "https://service.test/hook",
        "BACKEND_API_KEY": "k",
        "SECONDS_PER_JOB": "0.5",
        "LOCALE": "EN",
        "ENVIRONMENT": "production",
        "LOG_LEVEL": "debug",
        "WORKERS": "2",
        "QUEUE_LIMIT": "7",
    }
    expected = Settings("s", "https://service.test/hook", "k", 0.5, "en", "production", "DEBUG", 2, 7)
    assert read_settings(environ) == expected


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("from-a-file\n", encoding="utf-8")
    settings = read_settings({"WEBHOOK_SECRET_FILE": str(path)})
    assert (settings.webhook_secret, settings.webhook_secret_file) == ("from-a-file", path)


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (None, {}, "WEBHOOK_SECRET_FILE cannot be read"),
        (" \n", {}, "WEBHOOK_SECRET_FILE is empty"),
        ("s\udcff", {}, "WEBHOOK_SECRET_FILE must be visible ASCII"),  # a byte that is no UTF-8
        ("sécret", {}, "WEBHOOK_SECRET_FILE must be visible ASCII"),
        ("s", {"WEBHOOK_SECRET": "s"}, "both set"),
    ],
)
def test_a_file_that_holds_no_secret_is_said(tmp_path: Path, content: str | None, more: dict[str, str], words: str) -> None:
    if content is not None:
        (tmp_path / "secret").write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(BadConfiguration, match=words):
        read_settings({"WEBHOOK_SECRET_FILE": str(tmp_path / "secret"), **more})


def test_secrets_are_not_shown() -> None:
    assert "hush" not in repr(Settings(webhook_secret="hush", api_key="hush"))
