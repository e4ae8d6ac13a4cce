"""Pictures from a prompt, with Pillow alone: the same prompt, index and style always give the same one."""

from __future__ import annotations

from PIL import Image, ImageFilter

from .cat import seat_cat
from .land import lay_land
from .light import Size
from .render import render_spheres
from .scene import Scene, imagine_scene
from .sky import hang_sky, open_stage
from .strokes import paint_over

__all__ = ["STYLES", "draw_picture"]

STYLES = ("photorealistic", "artistic", "illustration", "3d-render")


def draw_picture(prompt: str, index: int, style: str, size: Size) -> Image.Image:
    """The `index`-th picture of `prompt`, exactly `size` wide and high, in RGB."""
    scene = imagine_scene(prompt, index, style)
    large = _working_size(size, 1.0 if style == "artistic" else 1.5 if style == "photorealistic" else 2.0)
    if style == "3d-render":
        picture = render_spheres(scene, large)
    else:
        picture = _compose(scene, large, textured=style != "illustration")
        if style == "artistic":
            picture = paint_over(scene, picture)
        elif style == "photorealistic":
            picture = _develop(scene, picture)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _working_size(size: Size, factor: float) -> Size:
    """Drawn larger, for smooth edges, but never so large that it takes seconds."""
    most = 4_200_000
    factor = min(factor, (most / (size[0] * size[1])) ** 0.5)
    return round(size[0] * factor), round(size[1] * factor)


def _compose(scene: Scene, size: Size, *, textured: bool) -> Image.Image:
    stage = open_stage(scene, size, textured=textured)
    hang_sky(stage)
    lay_land(stage)
    if scene.cat:
        seat_cat(stage)
    return stage.image


def _develop(scene: Scene, picture: Image.Image) -> Image.Image:
    """A lens: bloom around what is bright, darker corners, a little grain."""
    small = picture.resize((picture.width // 4, picture.height // 4))
    bloom = small.point([max(0, level - 150) * 2 for level in range(256)] * 3).filter(ImageFilter.GaussianBlur(small.width / 40))
    glow = Image.blend(picture, Image.new("RGB", picture.size, (255, 250, 240)), 0.35)
    picture = Image.composite(glow, picture, bloom.convert("L").resize(picture.size))
    corners = Image.radial_gradient("L").resize(picture.size).point([max(0, round((level - 110) * 0.75)) for level in range(256)])
    picture.paste((8, 6, 20), (0, 0), corners)
    grain = Image.frombytes("L", (256, 256), scene.chance("grain").randbytes(65536)).resize(picture.size)
    return Image.blend(picture, Image.merge("RGB", (grain,) * 3), 0.02)
