"""What makes the images: the interface that a real model fills in, and the demo that draws with Pillow."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image, ImageOps

from .draw import draw_picture
from .orders import Order


class GenerationFailed(Exception):
    """No image will come of this order; `code` is one of the contract's error codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Picture:
    content: bytes
    width: int
    height: int


class ImageGenerator(Protocol):
    @property
    def model_name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def generate(self, order: Order, index: int, source: Image.Image | None) -> Picture:
        """The `index`-th image (from 0) in the order's size and format, after `source` if the order brings a picture along.

        Raises GenerationFailed.
        """
        ...


class DemoGenerator:
    model_name = "sorami-demo"
    version = "1.0"

    def generate(self, order: Order, index: int, source: Image.Image | None) -> Picture:
        image = draw_picture(order.prompt, index, order.style, (order.width, order.height))
        if source is not None:
            image = Image.blend(image, ImageOps.fit(source, image.size), _SHARE_OF_SOURCE)
        return Picture(encode(image, order.format, order.quality), image.width, image.height)


_SHARE_OF_SOURCE = 0.5
_LOSSY = {"standard": 82, "high": 90, "ultra": 96}


def encode(image: Image.Image, image_format: str, quality: str) -> bytes:
    """PNG loses nothing at any quality, so there it only asks for more effort."""
    options: dict[str, Any] = {"quality": _LOSSY[quality]}
    if image_format == "PNG":
        options = {"compress_level": 9 if quality == "ultra" else 6}
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()
