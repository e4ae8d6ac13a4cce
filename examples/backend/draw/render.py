"""Balls on a glossy floor: shaded spheres, soft shadows, mirror images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from .light import Size, add_glow, gradient
from .palette import INK, WHITE, Colour, Palette, hex_colour, mix
from .scene import Scene

_TILE = 200
_MOST_BALLS = 40


@dataclass(frozen=True)
class Ball:
    """In units of the shorter side: `x` across, `lift` above the floor, `depth` 0 (far) to 1 (near)."""

    x: float
    depth: float
    radius: float
    colour: Colour
    lift: float = 0.0
    stretch: float = 1.0
    form: Literal["ball", "ear", "glass"] = "ball"


def render_spheres(scene: Scene, size: Size) -> Image.Image:
    image = _studio(scene.palette, size)
    balls = sorted(_arrange(scene, size[0] / min(size)), key=lambda ball: ball.depth)
    for ball in balls:
        if ball.form == "ball":
            _reflect(image, ball)
    for ball in balls:
        if ball.form == "ball":
            _cast_shadow(image, ball)
    for ball in balls:
        _place(image, ball)
    return image


def _studio(palette: Palette, size: Size) -> Image.Image:
    width, deep = size
    line = round(deep * 0.56)
    image = Image.new("RGB", size)
    wall = mix(palette.sky[2], WHITE, 0.15)
    floor = mix(palette.sky[1], palette.sky[2], 0.4)
    image.paste(gradient((width, line), palette.sky[0], palette.sky[1], wall), (0, 0))
    image.paste(gradient((width, deep - line), wall, floor, mix(floor, palette.sky[0], 0.55)), (0, line))
    add_glow(image, (width * 0.34, deep * 0.3), min(size) * 0.8, palette.light, 0.55)
    return image


def _arrange(scene: Scene, wide: float) -> list[Ball]:
    chance, palette = scene.chance("balls"), scene.palette
    pastel = mix(palette.accent, palette.light, 0.5)
    colours = [palette.accent, palette.sky[0], palette.light, palette.far, pastel, palette.sky[1]]
    balls: list[Ball] = (
        _cat(wide, chance, helmet=scene.place == "space") if scene.cat else [Ball(wide * 0.5, 0.62, 0.23, palette.accent)]
    )
    for _ in range(400):
        depth = chance.random() ** 0.8
        ball = Ball(
            chance.uniform(0.02, wide - 0.02),
            depth,
            chance.uniform(0.03, 0.105) * (0.6 + depth),
            chance.choice(colours),
            lift=chance.choice((0, 0, 0, 0.05)) if scene.place != "space" else chance.uniform(0, 0.4),
        )
        if len(balls) < _MOST_BALLS and all(_apart(ball, other) for other in balls):
            balls.append(ball)
    return balls


def _apart(one: Ball, other: Ball) -> bool:
    reach = one.radius + other.radius
    across, along = one.x - other.x, (_floor(one.depth) - _floor(other.depth)) * 1.6
    return math.hypot(across, along) > reach * 1.02


def _floor(depth: float) -> float:
    """Where a ball of that depth touches the ground, as a share of the height."""
    return 0.6 + 0.36 * depth


def _cat(wide: float, chance: Random, *, helmet: bool) -> list[Ball]:
    x, depth = wide * 0.5, 0.7
    fur = hex_colour(chance.choice(("f09a4e", "5b617d", "f0dcc0", "3a3550")))
    pale = mix(fur, WHITE, 0.75)
    small = 0.0001
    parts = [(0.0, 0.0, 0.19, fur), (0.0, 0.05, 0.12, pale), (0.0, 0.25, 0.2, fur)]
    balls = [Ball(x + dx, depth + index * small, radius, colour, lift) for index, (dx, lift, radius, colour) in enumerate(parts)]
    for side in (-1, 1):
        balls += [
            Ball(x + side * 0.122, depth + 1.5 * small, 0.078, fur, 0.53, 1.15, "ear"),
            Ball(x + side * 0.124, depth + 2.5 * small, 0.045, hex_colour("f2a3a8"), 0.555, 1.15, "ear"),
            Ball(x + side * 0.085, depth + 4 * small, 0.046, INK, 0.425, 1.15),
            Ball(x + side * 0.042, depth + 4 * small, 0.052, pale, 0.345, 0.8),
            Ball(x + side * 0.1, depth + 5 * small, 0.062, pale, -0.01, 0.75),
        ]
    balls.append(Ball(x, depth + 6 * small, 0.022, hex_colour("e2707a"), 0.405, 0.8))
    tail = [Ball(x + 0.2 + 0.05 * math.sin(step / 3), depth - 2 * small, 0.042, fur, 0.01 + step * 0.028) for step in range(11)]
    glass = [Ball(x, depth + 7 * small, 0.29, WHITE, 0.18, form="glass")] if helmet else []
    return balls + tail + glass


def _spot(image: Image.Image, ball: Ball) -> tuple[float, float, float]:
    unit = min(image.size)
    radius = ball.radius * unit
    return ball.x * unit, _floor(ball.depth) * image.height - (ball.lift * unit + radius * ball.stretch), radius


def _place(image: Image.Image, ball: Ball) -> None:
    x, y, radius = _spot(image, ball)
    body = _shaded(ball, radius)
    image.paste(body, (round(x - radius), round(y - radius * ball.stretch)), body)


def _reflect(image: Image.Image, ball: Ball) -> None:
    x, y, radius = _spot(image, ball)
    ground = _floor(ball.depth) * image.height
    body = ImageOps.flip(_shaded(ball, radius))
    mask = body.getchannel("A").point([round(level * 0.3) for level in range(256)])
    fade = gradient(mask.size, WHITE, (70, 70, 70), (0, 0, 0)).convert("L")
    mask = Image.composite(mask, Image.new("L", mask.size, 0), fade)
    image.paste(body, (round(x - radius), round(ground + (ground - y) - radius * ball.stretch)), mask)


def _cast_shadow(image: Image.Image, ball: Ball) -> None:
    x, _, radius = _spot(image, ball)
    ground, unit = _floor(ball.depth) * image.height, min(image.size)
    softness = radius * 0.12 + ball.lift * unit * 0.12
    wide, tall, pad = radius * 1.0, radius * 0.26, softness * 3
    mask = Image.new("L", (round(2 * (wide + pad)), round(2 * (tall + pad))), 0)
    level = round(165 / (1 + ball.lift * 7))
    ImageDraw.Draw(mask).ellipse((pad, pad, pad + 2 * wide, pad + 2 * tall), fill=level)
    corner = (round(x + radius * 0.22 - wide - pad), round(ground - radius * 0.05 - tall - pad))
    image.paste(INK, corner, mask.filter(ImageFilter.GaussianBlur(softness)))


def _shaded(ball: Ball, radius: float) -> Image.Image:
    diffuse, shine, outline = _sphere_tiles()
    colour = ball.colour
    body = ImageOps.colorize(diffuse, mix(colour, INK, 0.72), mix(colour, WHITE, 0.42), mid=colour, midpoint=150)
    body.paste(WHITE, (0, 0), shine)
    if ball.form == "glass":
        outline = ImageChops.multiply(outline, shine.point([min(255, 26 + level * 3) for level in range(256)]))
    body.putalpha(_ear_outline() if ball.form == "ear" else outline)
    return body.resize((max(1, round(radius * 2)), max(1, round(radius * 2 * ball.stretch))), Image.Resampling.LANCZOS)


@lru_cache(maxsize=1)
def _ear_outline() -> Image.Image:
    outline = Image.new("L", (_TILE, _TILE), 0)
    ImageDraw.Draw(outline).polygon(
        [(_TILE * 0.5, _TILE * 0.1), (_TILE * 0.95, _TILE * 0.95), (_TILE * 0.05, _TILE * 0.95)], fill=255
    )
    soft = outline.filter(ImageFilter.GaussianBlur(_TILE / 14))
    return soft.point([min(255, max(0, (level - 110) * 9)) for level in range(256)])


@lru_cache(maxsize=1)
def _sphere_tiles() -> tuple[Image.Image, Image.Image, Image.Image]:
    """Diffuse light with a rim of bounced light, the highlight, and the outline of a unit sphere."""
    diffuse, shine, outline = bytearray(_TILE**2), bytearray(_TILE**2), bytearray(_TILE**2)
    half = _TILE / 2
    for row in range(_TILE):
        for column in range(_TILE):
            x, y = (column + 0.5 - half) / half, (row + 0.5 - half) / half
            square = x * x + y * y
            at = row * _TILE + column
            outline[at] = round(255 * min(1.0, max(0.0, (1 - math.sqrt(square)) * half)))
            z = math.sqrt(max(0.0, 1 - square))
            towards = -0.5 * x - 0.62 * y + 0.6 * z
            bounce = max(0.0, 0.75 * y + 0.2) * 0.28
            diffuse[at] = round(255 * min(1.0, max(0.0, towards) * 0.82 + 0.1 + bounce))
            shine[at] = min(255, round(235 * max(0.0, towards) ** 42 + 40 * (1 - z) ** 4))
    tile = (_TILE, _TILE)
    light, spot, edge = (Image.frombytes("L", tile, bytes(levels)) for levels in (diffuse, shine, outline))
    return light, spot, edge
