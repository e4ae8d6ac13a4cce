"""What a prompt asks to see: the place, the company, the hour, and a seed for everything left to chance."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from random import Random

from .palette import NIGHTS, PALETTES, Palette

_PLACES = {
    "space": "astronaut espace space planet planete lune moon etoile star galaxie galaxy fusee rocket cosm mars orbit",
    "sea": "mer sea ocean plage beach bateau boat voilier sail vague wave ile island port",
    "forest": "foret forest arbre tree sapin bois wood jungle jardin garden nature",
    "city": "ville city tour tower rue street immeuble building paris tokyo cyberpunk urbain urban gratte",
}
_LONG = 6
_CAT = "chat chaton chatte cat kitten felin minou matou kitty"
_NIGHT = "nuit night minuit midnight lune moon etoile star aurore aurora"


@dataclass(frozen=True)
class Scene:
    place: str
    cat: bool
    palette: Palette
    seed: int

    def chance(self, part: str) -> Random:
        """Own dice for each part of the picture, so that a change to one leaves the others alone."""
        return Random(f"{self.seed}/{part}")  # noqa: S311 - repeatable, nothing secret


def imagine_scene(prompt: str, index: int, style: str) -> Scene:
    words = _plain_words(prompt)
    seed = int.from_bytes(hashlib.sha256(f"{prompt}\0{index}\0{style}".encode()).digest()[:8])
    place = next((place for place, stems in _PLACES.items() if _mentions(words, stems)), "mountains")
    night = place == "space" or _mentions(words, _NIGHT)
    choices = NIGHTS if night else PALETTES
    first = int.from_bytes(hashlib.sha256(prompt.encode()).digest()[8:12])
    return Scene(place, _mentions(words, _CAT), choices[(first + index) % len(choices)], seed)


def _plain_words(prompt: str) -> list[str]:
    letters = unicodedata.normalize("NFKD", prompt.casefold())
    return re.findall(r"[a-z]+", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def _mentions(words: list[str], stems: str) -> bool:
    """A short stem is the whole word or its plural ("merci" is not the sea); a long one may go on ("astronautes")."""
    return any(
        word in {stem, f"{stem}s", f"{stem}x"} or (len(stem) >= _LONG and word.startswith(stem))
        for stem in stems.split()
        for word in words
    )
