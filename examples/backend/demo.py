"""The model that needs no model: pictures drawn with Pillow, in a second and for nothing."""

from __future__ import annotations

from PIL import Image, ImageOps

from .draw import draw_picture
from .generator import Picture, encode
from .orders import Order

_SHARE_OF_SOURCE = 0.5


class DemoGenerator:
    model_name = "sorami-demo"
    version = "1.0"

    def generate(self, order: Order, index: int, source: Image.Image | None) -> Picture:
        image = draw_picture(order.prompt, index, order.style, (order.width, order.height))
        if source is not None:
            image = Image.blend(image, ImageOps.fit(source, image.size), _SHARE_OF_SOURCE)
        return Picture(encode(image, order.format, order.quality), image.width, image.height)
