"""What makes the images: the interface that every model fills in. `demo` and `gemini` are two that do."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image

from .orders import Order


class GenerationFailed(Exception):
    """No image will come of this order. `code` is one of the contract's error codes, `text` the key of what its user reads."""

    def __init__(self, code: str, text: str | None = None) -> None:
        super().__init__(code)
        self.code, self.text = code, text or code


class TryAgain(Exception):
    """No image this time: ask again, not before `after` seconds. `code` is what the job fails with if that never helps."""

    def __init__(self, code: str, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.code, self.reason, self.after = code, reason, after


@dataclass(frozen=True)
class Picture:
    """`input_tokens` is what the model counted, None if it counts nothing."""

    content: bytes
    width: int
    height: int
    input_tokens: int | None = None


class ImageGenerator(Protocol):
    @property
    def model_name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def generate(self, order: Order, index: int, source: Image.Image | None) -> Picture:
        """The `index`-th image (from 0) in the order's size and format, after `source` if the order brings a picture along.

        Called from many threads at once. Raises GenerationFailed, and TryAgain for what may pass.
        """
        ...


_LOSSY = {"standard": 82, "high": 90, "ultra": 96}


def encode(image: Image.Image, image_format: str, quality: str) -> bytes:
    """PNG loses nothing at any quality, so there it only asks for more effort."""
    options: dict[str, Any] = {"quality": _LOSSY[quality]}
    if image_format == "PNG":
        options = {"compress_level": 9 if quality == "ultra" else 6}
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()
