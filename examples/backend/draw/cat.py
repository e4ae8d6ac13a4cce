"""A cat that looks at you; among the stars it wears a space suit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter

from .palette import INK, WHITE, Colour, hex_colour, mix
from .stage import Stage

_COATS = ("e8934a f7c88b fff3e2", "4a4f63 6d7390 e9ecf5", "f3e6d3 d9b892 ffffff", "2e2b3f 4d4868 f1e9ff")
_SUIT = hex_colour("eef1f8")
_SUIT_SHADE = hex_colour("b4bbd6")
_VISOR_TINT = hex_colour("bfe6ff")


@dataclass(frozen=True)
class _Coat:
    fur: Colour
    light: Colour
    white: Colour


class _Body:
    """A pen in the cat's own coordinates: x from -1 to 1 around its middle, y from 0 (feet) to -2 (ears)."""

    def __init__(self, image: Image.Image, foot: tuple[float, float], scale: float) -> None:
        self.image, self._foot, self.scale = image, foot, scale
        self._pen = ImageDraw.Draw(image)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self._foot[0] + x * self.scale, self._foot[1] + y * self.scale

    def oval(self, x: float, y: float, wide: float, tall: float, colour: Colour) -> None:
        self._pen.ellipse((*self.at(x - wide, y - tall), *self.at(x + wide, y + tall)), fill=colour)

    def shape(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        self._pen.polygon([self.at(x, y) for x, y in points], fill=colour)

    def stroke(self, points: Sequence[tuple[float, float]], colour: Colour, thick: float) -> None:
        """Line by line with a disc at every bend: Pillow's own joints leave gaps on the outer side."""
        wide = max(1, round(thick * self.scale))
        places = [self.at(x, y) for x, y in points]
        for one, other in pairwise(places):
            self._pen.line([one, other], fill=colour, width=wide)
        for x, y in places:
            self._pen.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=colour)

    def slab(self, x: float, y: float, wide: float, tall: float, colour: Colour) -> None:
        radius = min(wide, tall) * self.scale * 0.6
        self._pen.rounded_rectangle((*self.at(x - wide, y - tall), *self.at(x + wide, y + tall)), radius=radius, fill=colour)


def seat_cat(stage: Stage) -> None:
    chance, (width, deep), unit = stage.scene.chance("cat"), stage.size, stage.unit
    coat = _Coat(*(hex_colour(text) for text in chance.choice(_COATS).split()))
    in_space = stage.scene.place == "space"
    scale = unit * (300 if in_space else 215)
    across = 0.43 if in_space else chance.choice((0.28, 0.72))
    body = _Body(stage.image, (width * across, deep * 0.95), scale)
    _shadow(stage, body)
    _tail(body, coat, suited=in_space)
    if in_space:
        _suit(body, stage.scene.palette.accent)
        _glass_behind(body)
    else:
        _torso(body, coat)
    _head(body, coat)
    if in_space:
        _glass_before(body)


def _shadow(stage: Stage, body: _Body) -> None:
    mask = Image.new("L", stage.size, 0)
    shade = _Body(mask.convert("RGB"), body.at(0, 0), body.scale)
    shade.oval(0.12, 0.0, 0.85, 0.1, (170, 170, 170))
    left, top = body.at(-1.2, -0.35)
    right, bottom = body.at(1.5, 0.35)
    box = (round(left), round(top), round(right), min(stage.size[1], round(bottom)))
    soft = shade.image.crop(box).convert("L").filter(ImageFilter.GaussianBlur(body.scale * 0.05))
    stage.image.paste(INK, box, soft)


def _tail(body: _Body, coat: _Coat, *, suited: bool) -> None:
    curl = [(0.35, -0.12), (0.72, -0.1), (0.93, -0.28), (0.98, -0.52), (0.9, -0.72), (0.98, -0.86)]
    points = _smooth(curl)
    body.stroke(points, _SUIT_SHADE if suited else mix(coat.fur, INK, 0.12), 0.15)
    body.stroke(points[-12:], coat.light if suited else coat.white, 0.15)


def _smooth(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Chaikin's corner cutting, four times: a curve through few points."""
    for _ in range(4):
        cut = [points[0]]
        for (ax, ay), (bx, by) in pairwise(points):
            cut += [(ax * 0.75 + bx * 0.25, ay * 0.75 + by * 0.25), (ax * 0.25 + bx * 0.75, ay * 0.25 + by * 0.75)]
        points = [*cut, points[-1]]
    return points


def _torso(body: _Body, coat: _Coat) -> None:
    body.oval(0, -0.42, 0.5, 0.5, coat.fur)
    body.oval(0, -0.36, 0.27, 0.4, coat.white)
    for side in (-1, 1):
        body.oval(side * 0.4, -0.14, 0.2, 0.2, mix(coat.fur, INK, 0.1))
        body.oval(side * 0.17, -0.05, 0.14, 0.09, coat.white)


def _suit(body: _Body, accent: Colour) -> None:
    body.slab(0, -0.6, 0.62, 0.38, mix(_SUIT_SHADE, INK, 0.35))
    body.oval(0, -0.45, 0.54, 0.52, _SUIT_SHADE)
    body.oval(-0.05, -0.46, 0.48, 0.48, _SUIT)
    for side in (-1, 1):
        body.stroke(_smooth([(side * 0.4, -0.72), (side * 0.6, -0.45), (side * 0.36, -0.22)]), _SUIT_SHADE, 0.23)
        body.stroke(_smooth([(side * 0.4, -0.73), (side * 0.59, -0.46), (side * 0.36, -0.24)]), _SUIT, 0.19)
        body.oval(side * 0.32, -0.21, 0.13, 0.12, accent)
        body.oval(side * 0.26, -0.04, 0.24, 0.13, _SUIT_SHADE)
        body.oval(side * 0.26, -0.06, 0.22, 0.11, _SUIT)
        body.slab(side * 0.26, -0.01, 0.22, 0.035, accent)
    body.slab(0, -0.47, 0.2, 0.13, _SUIT_SHADE)
    body.slab(0, -0.48, 0.185, 0.115, mix(_SUIT, WHITE, 0.5))
    for x, colour in ((-0.1, accent), (0.0, hex_colour("5bd6a2")), (0.1, hex_colour("5aa9ff"))):
        body.oval(x, -0.48, 0.032, 0.032, colour)


_HELMET = (0.0, -1.24, 0.74)


def _glass_behind(body: _Body) -> None:
    x, y, radius = _HELMET
    _tint_disc(body, (x, y), radius, _VISOR_TINT, 70)
    body.slab(0, -0.7, 0.46, 0.1, _SUIT_SHADE)
    body.slab(0, -0.72, 0.44, 0.08, _SUIT)


def _glass_before(body: _Body) -> None:
    x, y, radius = _HELMET
    side = round(radius * body.scale * 2)
    rim = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(rim)
    pen.ellipse((0, 0, side - 1, side - 1), fill=230)
    inset = side * 0.022
    pen.ellipse((inset, inset, side - inset, side - inset), fill=34)
    pen.ellipse((side * 0.1, side * 0.12, side * 0.98, side * 0.97), fill=0)
    pen.arc((side * 0.1, side * 0.1, side * 0.9, side * 0.9), 190, 250, fill=205, width=round(side * 0.035))
    pen.arc((side * 0.1, side * 0.1, side * 0.9, side * 0.9), 260, 270, fill=205, width=round(side * 0.035))
    pen.arc((side * 0.08, side * 0.08, side * 0.92, side * 0.92), 20, 60, fill=90, width=round(side * 0.02))
    left, top = body.at(x - radius, y - radius)
    body.image.paste(mix(_VISOR_TINT, WHITE, 0.6), (round(left), round(top)), rim)


def _tint_disc(body: _Body, centre: tuple[float, float], radius: float, colour: Colour, level: int) -> None:
    side = round(radius * body.scale * 2)
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=level)
    left, top = body.at(centre[0] - radius, centre[1] - radius)
    body.image.paste(colour, (round(left), round(top)), mask)


def _head(body: _Body, coat: _Coat) -> None:
    y = -1.14
    for side in (-1, 1):
        body.shape(_smooth([(side * 0.52, y), (side * 0.5, y - 0.4), (side * 0.43, y - 0.62), (side * 0.1, y - 0.3)]), coat.fur)
        body.shape(
            _smooth([(side * 0.43, y - 0.2), (side * 0.43, y - 0.36), (side * 0.4, y - 0.48), (side * 0.19, y - 0.28)]),
            hex_colour("f2a3a8"),
        )
    body.oval(0, y, 0.56, 0.43, coat.fur)
    body.oval(0, y - 0.06, 0.5, 0.34, mix(coat.fur, coat.light, 0.35))
    for x, tall in ((-0.13, 0.13), (0.0, 0.17), (0.13, 0.13)):
        body.stroke([(x * 1.1, y - 0.37), (x * 0.8, y - 0.39 + tall)], mix(coat.fur, INK, 0.25), 0.05)
    body.oval(-0.13, y + 0.19, 0.2, 0.16, coat.white)
    body.oval(0.13, y + 0.19, 0.2, 0.16, coat.white)
    _face(body, y)


def _face(body: _Body, y: float) -> None:
    for side in (-1, 1):
        body.oval(side * 0.25, y - 0.03, 0.135, 0.15, mix(INK, WHITE, 0.06))
        body.oval(side * 0.25, y - 0.03, 0.118, 0.135, hex_colour("7fd6b0"))
        body.oval(side * 0.25, y - 0.03, 0.085, 0.12, INK)
        body.oval(side * 0.25 - 0.04, y - 0.09, 0.038, 0.042, WHITE)
        body.oval(side * 0.25 + 0.035, y + 0.03, 0.018, 0.02, WHITE)
        body.oval(side * 0.41, y + 0.14, 0.075, 0.045, hex_colour("f6a8a0"))
        for lift in (-0.03, 0.05):
            body.stroke([(side * 0.26, y + 0.18 + lift), (side * 0.52, y + 0.15 + lift * 2)], WHITE, 0.012)
        body.stroke(_smooth([(0, y + 0.17), (side * 0.03, y + 0.26), (side * 0.13, y + 0.23)]), INK, 0.022)
    body.shape(_smooth([(-0.07, y + 0.09), (0.07, y + 0.09), (0, y + 0.18), (-0.07, y + 0.09)]), hex_colour("e2707a"))
