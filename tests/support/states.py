"""A state of the page in all its looks: light and dark, desktop and phone, each without a fault that axe-core finds."""

import io
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Page

type Scheme = Literal["light", "dark"]

_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_SCHEMES: tuple[Scheme, ...] = ("light", "dark")
_SIZES = {"desktop": (1280, 900), "phone": (360, 740)}
_MOST_BYTES = 150_000


@dataclass
class Looks:
    """`folder`: where the screenshots go, if they are wanted."""

    folder: Path | None = None

    def check(self, page: Page, name: str, at: str | None = None) -> None:
        """`at`: what a screenshot shows at the top of a phone."""
        before = page.viewport_size
        for device, (width, height) in _SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for number, scheme in enumerate(_SCHEMES):
                page.emulate_media(color_scheme=scheme)
                look = f"{name}-{device}-{scheme}"
                found = violations(page, colours_only=number > 0)
                assert found == [], f"{look}: {found}"
                assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{look} is wider than its window"
                if self.folder:
                    self._shoot(page, look, at)
        page.emulate_media(color_scheme="light")
        if before:
            page.set_viewport_size(before)

    def _shoot(self, page: Page, look: str, at: str | None) -> None:
        assert self.folder
        self.folder.mkdir(parents=True, exist_ok=True)
        top = "phone" in look and at
        page.evaluate("at => at ? document.querySelector(at).scrollIntoView() : window.scrollTo(0, 0)", top or None)
        page.wait_for_timeout(150)
        picture = self.folder / f"{look}.webp"
        Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(picture, "WEBP", quality=82, method=6)
        assert picture.stat().st_size < _MOST_BYTES, look


def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe-core finds by all its rules, best practices included: the rule and the nodes that break it.

    `colours_only`: the same page in another scheme, of which nothing but the contrast is another.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": ["color-contrast"]} if colours_only else {})
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [f"{rule['id']}: {[node['html'][:120] for node in rule['nodes']]}" for rule in found["violations"]]
