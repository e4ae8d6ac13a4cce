"""What a sender asks for: the body of `POST /api/images/generate`, checked, with defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .addresses import fault_of_url
from .draw import STYLES

SIZES = ("512x512", "1024x1024", "1792x1024")
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITIES = ("standard", "high", "ultra")
MOST_IMAGES = 4
_LONGEST_PROMPT = 4000
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Upload:
    """Where one file goes. The URL is a bearer of rights: it stays out of logs and reprs."""

    key: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Order:
    job_id: str
    prompt: str
    webhook_url: str
    count: int
    width: int
    height: int
    format: str
    style: str
    quality: str
    uploads: tuple[Upload, ...]
    base_url: str
    input_image_url: str | None = field(default=None, repr=False)

    @property
    def dimensions(self) -> str:
        return f"{self.width}x{self.height}"


class BadOrder(Exception):
    """Carries every fault at once, as `{"pointer", "detail"}`."""

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(f"{len(errors)} invalid field(s)")
        self.errors = tuple(errors)


class _Reader:
    def __init__(self, body: Mapping[str, object]) -> None:
        self._body = body
        self.errors: list[dict[str, str]] = []

    def wrong(self, name: str, detail: str) -> None:
        self.errors.append({"pointer": f"/{name}", "detail": detail})

    def text(self, name: str) -> str:
        value = self._body.get(name)
        if value is None or isinstance(value, str):
            return (value or "").strip()
        self.wrong(name, "must be a string")
        return ""

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name) or default
        for choice in choices:
            if value.casefold() == choice.casefold():
                return choice
        self.wrong(name, f"must be one of {', '.join(choices)}")
        return default

    def count(self, name: str, default: int, most: int) -> int:
        value = self._body.get(name, default)
        number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}", value) else value
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
            self.wrong(name, f"must be a whole number from 1 to {most}")
            return default
        return number

    def uploads(self) -> tuple[Upload, ...]:
        value = self._body.get("uploads")
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong("uploads", "must be a list")
            return ()
        return tuple(upload for index, entry in enumerate(value) if (upload := self._upload(index, entry)))

    def _upload(self, index: int, entry: object) -> Upload | None:
        fields = entry if isinstance(entry, dict) else {}
        key, url, headers = fields.get("key"), fields.get("url"), fields.get("headers") or {}
        good_headers = isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values())
        good_method = fields.get("method", "PUT") == "PUT"
        if isinstance(key, str) and key and isinstance(url, str) and not fault_of_url(url) and good_headers and good_method:
            return Upload(key, url, headers)
        self.wrong(f"uploads/{index}", "must have a key, an http(s) url, the method PUT and headers of strings")
        return None


def read_order(body: object, default_webhook_url: str | None, base_url: str) -> Order:
    """`base_url` is this backend's own address, for senders that give no uploads. Raises BadOrder."""
    if not isinstance(body, dict):
        raise BadOrder([{"pointer": "", "detail": "must be a JSON object"}])
    reader = _Reader(body)
    width, height = (int(side) for side in reader.choice("size", SIZES, "1024x1024").split("x"))
    uploads = reader.uploads()
    count = reader.count("num_images", 1, MOST_IMAGES)
    order = Order(
        job_id=_job_id(reader),
        prompt=_prompt(reader),
        webhook_url=_webhook_url(reader, default_webhook_url),
        count=min(count, len(uploads)) if uploads else count,
        width=width,
        height=height,
        format=reader.choice("format", FORMATS, "PNG"),
        style=reader.choice("style", STYLES, "photorealistic"),
        quality=reader.choice("quality", QUALITIES, "standard"),
        uploads=uploads,
        base_url=base_url,
        input_image_url=_input_image_url(reader),
    )
    if reader.errors:
        raise BadOrder(reader.errors)
    return order


def _job_id(reader: _Reader) -> str:
    job_id = reader.text("job_id")
    if not _JOB_ID.fullmatch(job_id):
        reader.wrong("job_id", "is required: 1 to 128 letters, digits, dots, hyphens or underscores")
    return job_id


def _prompt(reader: _Reader) -> str:
    prompt = reader.text("prompt")
    if not 1 <= len(prompt) <= _LONGEST_PROMPT or _CONTROL.search(prompt):
        reader.wrong("prompt", "is required: 1 to 4000 characters, no control characters but newline and tab")
    return prompt


def _webhook_url(reader: _Reader, default: str | None) -> str:
    url = reader.text("webhook_url") or default or ""
    if not url:
        reader.wrong("webhook_url", "is required: this backend has no WEBHOOK_URL of its own")
    elif fault := fault_of_url(url):
        reader.wrong("webhook_url", fault)
    return url


def _input_image_url(reader: _Reader) -> str | None:
    url = reader.text("input_image_url")
    if url and (fault := fault_of_url(url)):
        reader.wrong("input_image_url", fault)
    return url or None
