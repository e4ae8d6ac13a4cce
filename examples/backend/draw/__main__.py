"""Draws one picture: `python -m examples.backend.draw "un chat astronaute" --size 1024x1024 --style illustration out.png`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..generator import encode
from ..orders import FORMATS, QUALITIES
from . import STYLES, draw_picture

_MOST_PIXELS = 16_000_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="draw", description="Draw one picture of a prompt")
    parser.add_argument("prompt")
    parser.add_argument("output", type=Path, help="its suffix says the format: .png, .jpg or .webp")
    parser.add_argument("--size", default="1024x1024")
    parser.add_argument("--style", choices=STYLES, default="illustration")
    parser.add_argument("--quality", choices=QUALITIES, default="high")
    parser.add_argument("--index", type=int, default=0, help="which of the prompt's pictures")
    chosen = parser.parse_args()
    image_format = chosen.output.suffix.lstrip(".").upper().replace("JPG", "JPEG")
    width, _, height = chosen.size.partition("x")
    good_size = width.isdigit() and height.isdigit() and 1 <= int(width) * int(height) <= _MOST_PIXELS
    if image_format not in FORMATS or not good_size:
        parser.error("the file must end in .png, .jpg or .webp, and the size must look like 1024x1024")
    picture = draw_picture(chosen.prompt, chosen.index, chosen.style, (int(width), int(height)))
    chosen.output.write_bytes(encode(picture, image_format, chosen.quality))


if __name__ == "__main__":
    main()
