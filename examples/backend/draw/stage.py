"""The canvas of one picture: its scene, its size, its horizon and a unit that scales with it."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from .light import Size
from .scene import Scene


@dataclass(frozen=True)
class Stage:
    scene: Scene
    image: Image.Image
    textured: bool

    @property
    def size(self) -> Size:
        return self.image.size

    @property
    def unit(self) -> float:
        """A thousandth of the shorter side."""
        return min(self.image.size) / 1000

    @property
    def pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def disc(self, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
        self.pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
