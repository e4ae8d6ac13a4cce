"""Everything above the horizon."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

from .light import add_glow, gradient, noise
from .palette import INK, WHITE, Colour, hex_colour, mix
from .scene import Scene
from .stage import Stage


def open_stage(scene: Scene, size: tuple[int, int], *, textured: bool) -> Stage:
    zenith, middle, horizon = scene.palette.sky
    if scene.place == "space":
        zenith, middle, horizon = mix(zenith, INK, 0.45), mix(zenith, middle, 0.6), mix(middle, horizon, 0.45)
    image = gradient((size[0], round(size[1] * 0.75)), zenith, middle, horizon)
    canvas = Image.new("RGB", size, horizon)
    canvas.paste(image, (0, 0))
    return Stage(scene, canvas, textured)


def hang_sky(stage: Stage) -> None:
    if stage.scene.place == "space":
        _nebula(stage)
    if stage.scene.palette.night:
        _stars(stage)
    if stage.scene.place == "space":
        _ringed_planet(stage)
        _small_moon(stage)
        return
    _sun(stage)
    _clouds(stage)


def _stars(stage: Stage) -> None:
    chance, (width, height), unit = stage.scene.chance("stars"), stage.size, stage.unit
    pen = stage.pen
    for _ in range(260):
        x, y = chance.uniform(0, width), height * 0.8 * chance.random() ** 1.3
        radius = unit * chance.choice((0.8, 0.8, 1.1, 1.1, 1.6, 2.2))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=mix(stage.scene.palette.light, WHITE, chance.random()))
    for _ in range(9):
        _sparkle(pen, chance.uniform(0, width), chance.uniform(0, height * 0.55), unit * chance.uniform(7, 14))


def _sparkle(pen: ImageDraw.ImageDraw, x: float, y: float, reach: float) -> None:
    waist = reach * 0.13
    pen.polygon(
        [
            (x, y - reach),
            (x + waist, y - waist),
            (x + reach, y),
            (x + waist, y + waist),
            (x, y + reach),
            (x - waist, y + waist),
            (x - reach, y),
            (x - waist, y - waist),
        ],
        fill=WHITE,
    )


def _sun(stage: Stage) -> None:
    chance, (width, height), unit = stage.scene.chance("sun"), stage.size, stage.unit
    x, y = width * chance.uniform(0.25, 0.75), height * chance.uniform(0.2, 0.38)
    light, radius = stage.scene.palette.light, unit * chance.uniform(62, 95)
    sky = stage.scene.palette.sky
    if stage.textured:
        add_glow(stage.image, (x, y), unit * 620, light, 0.6)
        add_glow(stage.image, (x, y), unit * 240, light, 0.8)
    else:
        for ring, share in ((3.3, 0.10), (2.4, 0.16), (1.65, 0.24)):
            _halo(stage, (x, y), radius * ring, light, share)
    stage.disc(x, y, radius, light)
    if stage.scene.palette.night:
        for dx, dy, size in ((-0.3, -0.2, 0.2), (0.25, 0.3, 0.26), (0.35, -0.35, 0.13), (-0.25, 0.42, 0.12)):
            stage.disc(x + dx * radius, y + dy * radius, size * radius, mix(light, sky[1], 0.16))


def _halo(stage: Stage, centre: tuple[float, float], radius: float, colour: Colour, share: float) -> None:
    side = round(radius * 2)
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=round(255 * share))
    stage.image.paste(colour, (round(centre[0] - radius), round(centre[1] - radius)), mask)


def _clouds(stage: Stage) -> None:
    chance, (width, height) = stage.scene.chance("clouds"), stage.size
    tint = mix(stage.scene.palette.sky[2], WHITE, 0.15 if stage.scene.palette.night else 0.5)
    if stage.textured:
        deep = round(height * 0.5)
        wide = noise(chance, (width, deep * 3), 4, octaves=6).resize((width, deep), Image.Resampling.BILINEAR)
        fade = gradient((width, deep), WHITE, WHITE, (0, 0, 0)).convert("L")
        mask = wide.point([max(0, min(200, (level - 135) * 2)) for level in range(256)])
        stage.image.paste(tint, (0, 0), Image.composite(mask, Image.new("L", mask.size, 0), fade))
        return
    for _ in range(5):
        _flat_cloud(stage, chance.uniform(-0.05, 1) * width, chance.uniform(0.08, 0.42) * height, chance.uniform(0.5, 1.15), tint)


def _flat_cloud(stage: Stage, x: float, y: float, scale: float, tint: Colour) -> None:
    unit = stage.unit * scale
    mask = Image.new("L", (round(300 * unit), round(110 * unit)), 0)
    pen = ImageDraw.Draw(mask)
    for left, top, right in ((60, 30, 200), (0, 60, 240), (90, 0, 170), (40, 84, 300)):
        pen.rounded_rectangle((left * unit, top * unit, right * unit, (top + 26) * unit), radius=13 * unit, fill=150)
    stage.image.paste(tint, (round(x), round(y)), mask)


def _nebula(stage: Stage) -> None:
    palette, size = stage.scene.palette, stage.size
    bloom = mix(hex_colour("b45cc4"), palette.accent, 0.2)
    for part, colour, most in (("cloud", bloom, 110), ("veil", palette.sky[2], 105)):
        cloud = noise(stage.scene.chance(part), size, 2, octaves=5 if stage.textured else 3)
        if not stage.textured:
            cloud = cloud.filter(ImageFilter.BoxBlur(stage.unit * 24))
        stage.image.paste(colour, (0, 0), cloud.point([max(0, min(most, round((level - 120) * 1.1))) for level in range(256)]))


def _ringed_planet(stage: Stage) -> None:
    chance, (width, height), unit = stage.scene.chance("planet"), stage.size, stage.unit
    palette, radius = stage.scene.palette, unit * chance.uniform(120, 155)
    x, y = width * chance.uniform(0.72, 0.82), height * chance.uniform(0.2, 0.27)
    add_glow(stage.image, (x, y), radius * 2.4, palette.accent, 0.5)
    shade, shine = mix(palette.accent, palette.sky[0], 0.75), mix(palette.accent, WHITE, 0.55)
    ball = _banded_ball(round(radius * 2), palette.accent, shade, shine)
    ring_colour = mix(palette.light, palette.accent, 0.25)
    back, front = _ring_masks(round(radius * 4.4), tilt=chance.uniform(14, 26))
    corner = (round(x - back.width / 2), round(y - back.height / 2))
    stage.image.paste(ring_colour, corner, back)
    stage.image.paste(ball, (round(x - radius), round(y - radius)), ball)
    stage.image.paste(ring_colour, corner, front)


def _banded_ball(side: int, base: Colour, shade: Colour, shine: Colour) -> Image.Image:
    """A planet with bands, lit from the upper left, as RGBA."""
    ball = gradient((side, side), mix(base, shine, 0.5), base, mix(base, shade, 0.5))
    pen = ImageDraw.Draw(ball)
    for top, deep, share in ((0.14, 0.07, 0.35), (0.33, 0.11, -0.3), (0.55, 0.06, 0.3), (0.7, 0.12, -0.4)):
        colour = mix(base, shine, share) if share > 0 else mix(base, shade, -share)
        pen.rectangle((0, top * side, side, (top + deep) * side), fill=colour)
    ball = ball.rotate(-18, Image.Resampling.BICUBIC, fillcolor=base)
    night = Image.new("L", (side, side), 150)
    ImageDraw.Draw(night).ellipse((-side * 0.32, -side * 0.32, side * 0.86, side * 0.86), fill=0)
    ball.paste(shade, (0, 0), night.filter(ImageFilter.GaussianBlur(side / 14)))
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=255)
    ball.putalpha(mask)
    return ball


def _ring_masks(side: int, tilt: float) -> tuple[Image.Image, Image.Image]:
    ring = Image.new("L", (side, side), 0)
    pen, half = ImageDraw.Draw(ring), side / 2
    for share, level in ((1.0, 215), (0.86, 90), (0.82, 235), (0.66, 0)):
        wide, deep = half * share, half * share * 0.2
        pen.ellipse((half - wide, half - deep, half + wide, half + deep), fill=level)
    front = ring.copy()
    front.paste(0, (0, 0, side, side // 2))
    return ring.rotate(tilt, Image.Resampling.BICUBIC), front.rotate(tilt, Image.Resampling.BICUBIC)


def _small_moon(stage: Stage) -> None:
    chance, (width, height), unit = stage.scene.chance("moon"), stage.size, stage.unit
    palette, radius = stage.scene.palette, unit * chance.uniform(36, 54)
    x, y = width * chance.uniform(0.14, 0.24), height * chance.uniform(0.14, 0.3)
    add_glow(stage.image, (x, y), radius * 3, palette.light, 0.4)
    stage.disc(x, y, radius, palette.light)
    for dx, dy, size in ((-0.3, -0.25, 0.24), (0.3, 0.2, 0.3), (-0.15, 0.5, 0.15), (0.35, -0.45, 0.13)):
        stage.disc(x + dx * radius, y + dy * radius, size * radius, mix(palette.light, palette.sky[1], 0.25))
