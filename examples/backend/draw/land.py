"""Everything below the horizon: mountains, water, woods, roofs, the ground of a moon."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from .light import Point, add_glow, gradient, relief, ridge
from .palette import INK, WHITE, Colour, mix
from .stage import Stage

type Skyline = list[Point]
_LIT_WINDOWS = 0.42


def lay_land(stage: Stage) -> None:
    _PLACES[stage.scene.place](stage)


def _mountains(stage: Stage) -> None:
    shore = 0.72
    for depth in range(4):
        base, height = 0.5 + depth * 0.065, 0.2 - depth * 0.03
        skyline = _ridge_line(stage, f"ridge{depth}", base, height, 0.52 if stage.textured else 0.46)
        _fill_layer(stage, skyline, depth / 5, f"rock{depth}")
    _water(stage, shore)
    _fill_layer(stage, _ridge_line(stage, "bank", 0.93, 0.05, 0.4), 1.0, "bank")


def _sea(stage: Stage) -> None:
    for depth in range(2):
        skyline = _ridge_line(stage, f"island{depth}", 0.60 + depth * 0.03, 0.09, 0.45)
        _fill_layer(stage, skyline, 0.1 + depth * 0.2, f"island{depth}")
    _water(stage, 0.62)
    _sail(stage)
    _fill_layer(stage, _ridge_line(stage, "dune", 0.95, 0.05, 0.35), 1.0, "dune")


def _forest(stage: Stage) -> None:
    _fill_layer(stage, _ridge_line(stage, "hills", 0.5, 0.16, 0.48), 0.05, "hills")
    for depth in range(5):
        share = depth / 4
        chance = stage.scene.chance(f"trees{depth}")
        skyline = _ridge_line(stage, f"slope{depth}", 0.58 + 0.095 * depth, 0.06, 0.4)
        _plant_firs(stage, chance, skyline, 0.045 + 0.11 * share**1.4, _layer_colour(stage, 0.2 + share * 0.8))
        _fill_layer(stage, skyline, 0.2 + share * 0.8, f"soil{depth}")


def _city(stage: Stage) -> None:
    for depth in range(4):
        chance = stage.scene.chance(f"roofs{depth}")
        _build_row(stage, chance, 0.76, 0.42 - depth * 0.085, depth / 4)
    _water(stage, 0.76)
    _fill_layer(stage, _ridge_line(stage, "quay", 0.94, 0.02, 0.3), 1.0, "quay")


def _moonscape(stage: Stage) -> None:
    for depth in range(3):
        skyline = _ridge_line(stage, f"crater{depth}", 0.72 + depth * 0.075, 0.075, 0.42)
        _fill_layer(stage, skyline, 0.15 + depth * 0.3, f"dust{depth}")
    _craters(stage)


_PLACES: dict[str, Callable[[Stage], None]] = {
    "mountains": _mountains,
    "sea": _sea,
    "forest": _forest,
    "city": _city,
    "space": _moonscape,
}


def _layer_colour(stage: Stage, share: float) -> Colour:
    palette = stage.scene.palette
    return mix(mix(palette.far, palette.sky[2], 0.35 * (1 - share)), palette.near, share)


def _ridge_line(stage: Stage, part: str, base: float, height: float, roughness: float) -> Skyline:
    width, deep = stage.size
    columns = width // 3 + 2
    heights = ridge(stage.scene.chance(part), columns, height * deep, roughness)
    return [(column * 3.0, base * deep - lift * 0.75) for column, lift in enumerate(heights)]


def _fill_layer(stage: Stage, skyline: Skyline, share: float, part: str) -> None:
    """One depth of land: its colour at the crest, misted towards its foot, with rock or snow where it is textured."""
    width, deep = stage.size
    top = max(0, min(deep - 2, round(min(y for _, y in skyline))))
    box = (width, deep - top)
    mask = Image.new("L", box, 0)
    ImageDraw.Draw(mask).polygon([(0, deep), *((x, y - top) for x, y in skyline), (width, deep)], fill=255)
    colour = _layer_colour(stage, share)
    mist = mix(colour, stage.scene.palette.sky[2], 0.55 * (1 - share))
    body = gradient(box, colour, mist, mist, mist) if share < 1 else gradient(box, colour, mix(colour, INK, 0.4))
    if stage.textured:
        body = _roughened(stage, body, colour, share, part)
    stage.image.paste(body, (0, top), mask)


def _roughened(stage: Stage, body: Image.Image, colour: Colour, share: float, part: str) -> Image.Image:
    rock = relief(stage.scene.chance(part), (body.width // 2, body.height // 2), 6).resize(body.size, Image.Resampling.BILINEAR)
    warm = mix(colour, stage.scene.palette.light, 0.55)
    strength = 0.25 + 0.4 * share
    lit = ImageOps.colorize(rock, mix(colour, INK, 0.6), warm, mid=colour)
    fade = gradient(body.size, WHITE, (140,) * 3, (60,) * 3).convert("L").point([round(level * strength) for level in range(256)])
    return Image.composite(lit, body, fade)


def _water(stage: Stage, shore: float) -> None:
    """What stands above the shore, upside down, darker, stirred by ripples that widen towards the viewer."""
    width, deep = stage.size
    line = round(deep * shore)
    depth = deep - line
    above = stage.image.crop((0, max(0, line - round(depth * 1.6)), width, line))
    mirror = ImageOps.flip(above).resize((width, depth), Image.Resampling.BILINEAR)
    mirror = mirror.filter(ImageFilter.GaussianBlur(stage.unit * (3 if stage.textured else 1.5)))
    tint = gradient((width, depth), mix(stage.scene.palette.sky[2], stage.scene.palette.sky[1], 0.4), stage.scene.palette.sky[0])
    water = _rippled(stage, Image.blend(mirror, tint, 0.38))
    stage.image.paste(water, (0, line))
    _glitter(stage, line)


def _rippled(stage: Stage, water: Image.Image) -> Image.Image:
    chance, out = stage.scene.chance("ripples"), water.copy()
    row = 0.0
    while row < water.height:
        share = row / water.height
        thick = max(1.0, stage.unit * (1.2 + 9 * share))
        shift = round(chance.gauss(0, 1) * stage.unit * (1.5 + 11 * share))
        strip = water.crop((0, round(row), water.width, min(water.height, round(row + thick))))
        out.paste(strip, (shift, round(row)))
        row += thick
    return out


def _glitter(stage: Stage, line: int) -> None:
    chance, (width, deep), unit = stage.scene.chance("glitter"), stage.size, stage.unit
    pen, light = stage.pen, stage.scene.palette.light
    centre = width * stage.scene.chance("sun").uniform(0.25, 0.75)
    for _ in range(150):
        share = chance.random() ** 1.4
        x, y = chance.gauss(centre, width * (0.03 + 0.12 * share)), line + unit * 3 + share * (deep - line)
        wide, thick = unit * (4 + 26 * share) * chance.uniform(0.4, 1.2), unit * (0.6 + 1.6 * share)
        colour = mix(stage.scene.palette.sky[2], light, chance.uniform(0.3, 1))
        pen.rounded_rectangle((x - wide, y, x + wide, y + thick), radius=thick / 2, fill=colour)


def _sail(stage: Stage) -> None:
    chance, (width, deep), unit = stage.scene.chance("sail"), stage.size, stage.unit
    x, y, scale = width * chance.uniform(0.25, 0.75), deep * 0.75, unit * chance.uniform(0.9, 1.25)
    white = mix(stage.scene.palette.light, WHITE, 0.4)
    pen = stage.pen
    shade = mix(stage.scene.palette.sky[0], INK, 0.35)
    for step in range(9):
        wide, top = scale * (58 - 5.4 * step), y + scale * (10 + 9 * step)
        pen.rounded_rectangle((x - wide, top, x + wide, top + scale * 3), radius=2, fill=shade)
    pen.polygon([(x + 6 * scale, y - 190 * scale), (x + 6 * scale, y - 24 * scale), (x + 88 * scale, y - 24 * scale)], fill=white)
    pen.polygon(
        [(x - 6 * scale, y - 165 * scale), (x - 6 * scale, y - 24 * scale), (x - 66 * scale, y - 24 * scale)],
        fill=stage.scene.palette.accent,
    )
    pen.line([(x, y - 196 * scale), (x, y)], fill=shade, width=round(5 * scale))
    pen.polygon(
        [
            (x - 82 * scale, y - 14 * scale),
            (x + 96 * scale, y - 14 * scale),
            (x + 60 * scale, y + 18 * scale),
            (x - 54 * scale, y + 18 * scale),
        ],
        fill=mix(stage.scene.palette.near, INK, 0.2),
    )


def _plant_firs(stage: Stage, chance: Random, skyline: Skyline, tall: float, colour: Colour) -> None:
    pen, deep = stage.pen, stage.size[1]
    step = max(1, round(tall * deep * 0.2 / 3))
    for x, y in skyline[:: max(1, step)]:
        height = tall * deep * chance.uniform(0.55, 1.3)
        at = x + chance.uniform(-1, 1) * height * 0.12
        for tier in range(4):
            wide, top = height * (0.11 + 0.055 * tier), y + height * 0.1 - height * (1 - tier * 0.2)
            foot = top + height * 0.4
            pen.polygon([(at, top), (at - wide, foot), (at + wide, foot)], fill=mix(colour, INK, 0.05 * tier))


def _build_row(stage: Stage, chance: Random, base: float, tall: float, share: float) -> None:
    width, deep = stage.size
    pen, unit, colour = stage.pen, stage.unit, _layer_colour(stage, 0.1 + share * 0.9)
    x = -unit * chance.uniform(0, 60)
    while x < width:
        wide, height = unit * chance.uniform(60, 120), tall * deep * chance.uniform(0.45, 1.0)
        top = base * deep - height
        pen.rectangle((x, top, x + wide, base * deep), fill=colour)
        _roof(pen, chance, (x, top, wide), unit, colour)
        _windows(stage, chance, (x, top, wide, height), share)
        x += wide + unit * chance.choice((0, 0, 8, 22))


def _roof(pen: ImageDraw.ImageDraw, chance: Random, place: tuple[float, float, float], unit: float, colour: Colour) -> None:
    (x, top, wide), shape = place, chance.randrange(4)
    if shape == 0:
        pen.polygon([(x, top + 1), (x + wide / 2, top - wide * 0.5), (x + wide, top + 1)], fill=colour)
    elif shape == 1:
        pen.rectangle((x + wide * 0.25, top - unit * 26, x + wide * 0.75, top + 1), fill=colour)
        pen.rectangle((x + wide * 0.48, top - unit * 80, x + wide * 0.52, top), fill=colour)


def _windows(stage: Stage, chance: Random, tower: tuple[float, float, float, float], share: float) -> None:
    (x, top, wide, height), unit, pen = tower, stage.unit, stage.pen
    lit = mix(_layer_colour(stage, share), mix(stage.scene.palette.accent, stage.scene.palette.light, 0.6), 0.3 + 0.6 * share)
    pane, gap = unit * 8, unit * 9
    for row in range(int((height - gap * 2) // (pane * 1.4 + gap))):
        for column in range(int((wide - gap) // (pane + gap))):
            if chance.random() < _LIT_WINDOWS:
                left, up = x + gap + column * (pane + gap), top + gap * 1.5 + row * (pane * 1.4 + gap)
                pen.rectangle((left, up, left + pane, up + pane * 1.4), fill=lit)


def _craters(stage: Stage) -> None:
    chance, (width, deep), unit = stage.scene.chance("craters"), stage.size, stage.unit
    ground = _layer_colour(stage, 0.75)
    for _ in range(9):
        x, share = chance.uniform(0, width), chance.random()
        y, wide = deep * (0.9 + 0.1 * share), unit * chance.uniform(26, 80) * (0.6 + share)
        rim, hollow = mix(ground, stage.scene.palette.sky[2], 0.22), mix(ground, INK, 0.35)
        stage.pen.ellipse((x - wide, y - wide * 0.2, x + wide, y + wide * 0.2), fill=rim)
        stage.pen.ellipse((x - wide * 0.9, y - wide * 0.13, x + wide * 0.9, y + wide * 0.2), fill=hollow)
    if stage.textured:
        add_glow(stage.image, (width * 0.2, deep * 0.75), unit * 500, stage.scene.palette.light, 0.12)
