"""Gradients, glows, noise and ridges: what every picture is made of, at Pillow's speed."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageFilter

from .palette import Colour, mix

type Size = tuple[int, int]
type Point = tuple[float, float]
_RIDGE_STEPS = 256
_GREYS = range(256)


def gradient(size: Size, *colours: Colour) -> Image.Image:
    """From top to bottom through `colours`, evenly spaced."""
    steps = 256
    strip = Image.new("RGB", (1, steps))
    for row in range(steps):
        place = row / (steps - 1) * (len(colours) - 1)
        first = min(int(place), len(colours) - 2)
        share = place - first
        strip.putpixel((0, row), mix(colours[first], colours[first + 1], share))
    return strip.resize(size, Image.Resampling.BILINEAR)


def add_glow(image: Image.Image, centre: Point, radius: float, colour: Colour, strength: float) -> None:
    """Light that falls off from `centre`, added in place."""
    side = max(2, round(radius * 2))
    edge = 255 / 2**0.5  # Pillow's gradient reaches 255 in the corners, not at the sides
    curve = [round(255 * strength * max(0.0, 1 - level / edge) ** 2) for level in _GREYS]
    mask = Image.radial_gradient("L").point(curve).resize((side, side), Image.Resampling.BILINEAR)
    corner = (round(centre[0] - radius), round(centre[1] - radius))
    image.paste(colour, corner, mask)


def noise(chance: Random, size: Size, cells: int, octaves: int = 5) -> Image.Image:
    """Fractal value noise, grey, spread over the whole range; `cells` is the coarsest grid's width."""
    ratio = size[1] / size[0]
    total = Image.new("L", (256, max(2, round(256 * ratio))), 128)
    for octave in range(octaves):
        across = cells * 2**octave
        down = max(2, round(across * ratio))
        grid = Image.frombytes("L", (across, down), chance.randbytes(across * down))
        total = Image.blend(total, grid.resize(total.size, Image.Resampling.BICUBIC), 1 / (octave + 1.6))
    low, high = _extremes(total)
    spread = 255 / max(1, high - low)
    total = total.point([round(min(255, max(0, (level - low) * spread))) for level in _GREYS])
    return total.resize(size, Image.Resampling.BICUBIC)


def _extremes(image: Image.Image) -> tuple[int, int]:
    low, high = image.getextrema()
    return int(low), int(high)  # type: ignore[arg-type]


def relief(chance: Random, size: Size, cells: int) -> Image.Image:
    """Rock lit from the upper left: 128 is flat, more faces the light."""
    height = noise(chance, size, cells, octaves=6)
    shifted = ImageChops.offset(height, max(1, size[0] // 200), max(1, size[0] // 200))
    return ImageChops.subtract(height, shifted, scale=0.35, offset=128).filter(ImageFilter.GaussianBlur(size[0] / 900))


def ridge(chance: Random, width: int, height: float, roughness: float = 0.5) -> list[float]:
    """A skyline by midpoint displacement: one height for each of `width` columns, about -height to +height."""
    points = [chance.uniform(-1, 1), chance.uniform(-1, 1)]
    reach = 1.0
    while len(points) <= _RIDGE_STEPS:
        middles = [(a + b) / 2 + chance.uniform(-reach, reach) for a, b in pairwise(points)]
        points = [value for pair in zip(points, middles, strict=False) for value in pair] + [points[-1]]
        reach *= roughness
    return [_between(points, column / max(1, width - 1)) * height for column in range(width)]


def _between(points: list[float], share: float) -> float:
    place = share * (len(points) - 1)
    first = min(int(place), len(points) - 2)
    return points[first] + (points[first + 1] - points[first]) * (place - first)
