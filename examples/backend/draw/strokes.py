"""Painting over: a finished picture laid on again with a brush."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from .light import noise
from .palette import WHITE, Colour, mix
from .scene import Scene

_FIELD = 128


@dataclass(frozen=True)
class _Brush:
    """Lengths in thousandths of the shorter side; `least_edge` keeps the fine brush where the picture has detail."""

    count: int
    long: float
    wide: float
    least_edge: int


_BRUSHES = (_Brush(1600, 80, 26, 0), _Brush(5000, 38, 12, 0), _Brush(14000, 20, 5.5, 7))


@dataclass(frozen=True)
class _Guide:
    edges: Image.Image
    field: Image.Image
    brush: _Brush
    unit: float


def paint_over(scene: Scene, picture: Image.Image) -> Image.Image:
    """Broad strokes first, fine ones where the picture has edges, and the relief of the paint at the end."""
    chance = scene.chance("brush")
    field = noise(chance, (_FIELD, _FIELD), 2, octaves=2)
    canvas = picture.filter(ImageFilter.GaussianBlur(picture.width / 60))
    edges = picture.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(picture.width / 250))
    unit = min(picture.size) / 1000
    for brush in _BRUSHES:
        source = picture.filter(ImageFilter.GaussianBlur(brush.wide * unit / 3))
        _lay_strokes(chance, canvas, source, _Guide(edges, field, brush, unit))
    return _with_relief(Image.blend(canvas, picture, 0.22))


def _lay_strokes(chance: Random, canvas: Image.Image, source: Image.Image, guide: _Guide) -> None:
    pen, (width, height), brush = ImageDraw.Draw(canvas), canvas.size, guide.brush
    for _ in range(brush.count):
        place = chance.randrange(width), chance.randrange(height)
        if _level(guide.edges, place) < brush.least_edge:
            continue
        angle = _level(guide.field, (place[0] * _FIELD // width, place[1] * _FIELD // height)) / 255 * math.pi * 1.5 - 0.6
        dx, dy = math.cos(angle) * brush.long * guide.unit / 2, math.sin(angle) * brush.long * guide.unit / 3
        line = [(place[0] - dx, place[1] - dy), (place[0] + dx, place[1] + dy)]
        wide = max(1, round(brush.wide * guide.unit * chance.uniform(0.6, 1.15)))
        pen.line(line, fill=_jitter(chance, _colour(source, place)), width=wide)


def _level(grey: Image.Image, place: tuple[int, int]) -> float:
    level = grey.getpixel(place)
    return float(level) if isinstance(level, int | float) else 0.0


def _colour(image: Image.Image, place: tuple[int, int]) -> Colour:
    pixel = image.getpixel(place)
    return (int(pixel[0]), int(pixel[1]), int(pixel[2])) if isinstance(pixel, tuple) else WHITE


def _jitter(chance: Random, colour: Colour) -> Colour:
    towards: Colour = (255, 244, 220) if chance.choice((True, False)) else (20, 16, 50)
    return mix(colour, towards, chance.random() * 0.13)


def _with_relief(picture: Image.Image) -> Image.Image:
    grey = picture.convert("L").filter(ImageFilter.GaussianBlur(picture.width / 1400))
    relief = ImageChops.subtract(grey, ImageChops.offset(grey, 2, 2), scale=1.6, offset=128).convert("RGB")
    return ImageEnhance.Color(ImageChops.soft_light(picture, relief)).enhance(1.2)
