"""The environment, read once, on first use; nothing else reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .addresses import fault_of_url
from .faults import Switches
from .secret import header_text, read_secret
from .texts import LOCALES

_LONGEST_JOB = 3600
_LARGEST_COUNT = 10_000

GENERATORS = ("demo", "gemini")
GEMINI_SIZES = ("1K", "2K", "4K")


class BadConfiguration(Exception):
    """The environment lacks something or says it wrongly; the text names all of it at once."""


@dataclass(frozen=True)
class GeminiSettings:
    """`largest` bounds what an image may cost; `timeout` is in seconds; `base_url` is the API's, where it is not Google's own."""

    api_key: str = field(repr=False)
    model: str = "gemini-3.1-flash-image"
    largest: str = "2K"
    timeout: float = 120.0
    base_url: str | None = None


@dataclass(frozen=True)
class Settings:
    """`gemini` is None where the demo draws. `webhook_secret` is what `webhook_secret_file`, if any, held at the start."""

    webhook_secret: str = field(repr=False)
    webhook_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    seconds_per_job: float = 3.0
    locale: str = "fr"
    environment: str = "development"
    log_level: str = "INFO"
    workers: int = 4
    queue_limit: int = 100
    faults: Switches = field(default_factory=Switches)
    shutdown_seconds: float = 8.0
    gemini: GeminiSettings | None = None
    webhook_secret_file: Path | None = None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    return read_settings(os.environ)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Raises BadConfiguration. An empty variable counts as absent."""
    wrong: list[str] = []

    def read[T](name: str, default: T, parse: Callable[[str], T]) -> T:
        text = environ.get(name, "").strip()
        try:
            return parse(text) if text else default
        except ValueError as exc:
            wrong.append(f"{name} {exc}")
            return default

    is_gemini = read("GENERATOR", "demo", _one_of(GENERATORS)) == "gemini"
    secret_file = read("WEBHOOK_SECRET_FILE", None, Path)
    secret = read("WEBHOOK_SECRET", "", header_text)
    if secret and secret_file:
        wrong.append("WEBHOOK_SECRET and WEBHOOK_SECRET_FILE are both set, and which counts is not said")
    if not environ.get("WEBHOOK_SECRET", "").strip() and secret_file is None:
        wrong.append("WEBHOOK_SECRET is missing, and so is WEBHOOK_SECRET_FILE")
    if is_gemini and not environ.get("GEMINI_API_KEY", "").strip():
        wrong.append("GEMINI_API_KEY is missing")
    settings = Settings(
        webhook_secret=read("WEBHOOK_SECRET_FILE", secret, lambda path: read_secret(Path(path))),
        webhook_url=read("WEBHOOK_URL", None, _http_url),
        api_key=read("BACKEND_API_KEY", None, header_text),
        seconds_per_job=read("SECONDS_PER_JOB", 3.0, _seconds),
        locale=read("LOCALE", "fr", _one_of(tuple(LOCALES))),
        environment=read("ENVIRONMENT", "development", str),
        log_level=read("LOG_LEVEL", "INFO", _one_of(("DEBUG", "INFO", "WARNING", "ERROR"))),
        workers=read("WORKERS", 4, _count),
        queue_limit=read("QUEUE_LIMIT", 100, _count),
        faults=Switches(
            fail_rate=read("FAIL_RATE", 0.0, _share),
            answer_delay=read("ANSWER_DELAY", 0.0, _seconds),
            duplicate=read("DUPLICATE", 1, _count),
            reorder=read("REORDER", False, _switch),
            drop_rate=read("DROP_RATE", 0.0, _share),
            seed=read("FAULT_SEED", None, str),
        ),
        shutdown_seconds=read("SHUTDOWN_SECONDS", 8.0, _seconds),
        gemini=_gemini(read) if is_gemini else None,
        webhook_secret_file=secret_file,
    )
    if wrong:
        raise BadConfiguration("; ".join(wrong))
    return settings


def _http_url(text: str) -> str:
    if fault := fault_of_url(text):
        raise ValueError(fault)
    return text


def _seconds(text: str) -> float:
    if not 0 <= float(text) <= _LONGEST_JOB:
        raise ValueError("must be between 0 and 3600")
    return float(text)


def _share(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise ValueError("must be between 0 and 1")
    return float(text)


def _switch(text: str) -> bool:
    return _one_of(("off", "on"))(text) == "on"


def _count(text: str) -> int:
    if not 1 <= int(text) <= _LARGEST_COUNT:
        raise ValueError("must be between 1 and 10000")
    return int(text)


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def choose(text: str) -> str:
        for choice in choices:
            if text.casefold() == choice.casefold():
                return choice
        raise ValueError(f"must be one of {', '.join(choices)}")

    return choose


def _gemini(read: Callable[..., Any]) -> GeminiSettings:
    return GeminiSettings(
        api_key=read("GEMINI_API_KEY", "", header_text),
        model=read("GEMINI_MODEL", GeminiSettings.model, str),
        largest=read("GEMINI_LARGEST", GeminiSettings.largest, _one_of(GEMINI_SIZES)),
        timeout=read("GEMINI_TIMEOUT", GeminiSettings.timeout, _count),
        base_url=read("GEMINI_BASE_URL", None, _http_url),
    )
