"""Colours that go together, and the arithmetic of mixing them."""

from __future__ import annotations

from dataclasses import dataclass

type Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """One hour of the day: `sky` runs from the zenith to the horizon, `far` and `near` are the land."""

    name: str
    sky: tuple[Colour, Colour, Colour]
    light: Colour
    far: Colour
    near: Colour
    accent: Colour
    night: bool


def hex_colour(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` at share 0, `other` at share 1."""
    share = min(1.0, max(0.0, share))
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )


WHITE: Colour = (255, 255, 255)
INK: Colour = (18, 16, 38)


def _palette(name: str, colours: str, *, night: bool) -> Palette:
    zenith, middle, horizon, light, far, near, accent = (hex_colour(colour) for colour in colours.split())
    return Palette(name, (zenith, middle, horizon), light, far, near, accent, night)


PALETTES = (
    _palette("dawn", "3d4f8c c98fb0 ffd7a8 fff1cf b98bab 2b2547 ff8f6b", night=False),
    _palette("ember", "4a2559 d1566a ffb46b ffe9b0 b8577a 2a1238 ffd166", night=False),
    _palette("morning", "3f8fc9 9fd3e6 fdf1d6 fffbe6 8fb9c9 17414f ff9f5a", night=False),
    _palette("meadow", "5aa9c8 bfe3d0 fff3cf fffdf0 8fbfa3 1e4638 f2785c", night=False),
    _palette("rose", "6a5aa8 e59cb8 ffe3d3 fff6ea c193bb 3a2350 ffcf70", night=False),
    _palette("gold", "8a5a44 e8a35c ffe6a8 fff8dc c98d62 3b2226 e2574c", night=False),
    _palette("night", "0b1033 1f2f6b 5b6fb0 f4f1de 3f5090 080b22 ffb35c", night=True),
    _palette("aurora", "07162e 0f4a5c 4fbf9f e9fff4 22687a 04131f ff7ab0", night=True),
    _palette("violet", "160b36 47207a c0559f ffe1f0 6a3a96 12082a 5be0e6", night=True),
)
NIGHTS = tuple(palette for palette in PALETTES if palette.night)
