"""What examples/frontend promises of its own files: small, safe, complete in both languages."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

FRONTEND = Path(__file__).parents[2] / "examples/frontend"
CODE = sorted(path for kind in ("*.html", "*.css", "*.js") for path in FRONTEND.rglob(kind))
FILES = [*CODE, *FRONTEND.glob("texts/*.json"), FRONTEND / "icons.svg", FRONTEND / "config.json"]
SOURCE = {path: path.read_text(encoding="utf-8") for path in CODE}
COMMENT = re.compile(r"^\s*(//|/\*)")


def texts(language: str) -> dict[str, str]:
    def leaves(level: dict[str, Any], before: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in level.items():
            found |= leaves(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
        return found

    return leaves(json.loads((FRONTEND / f"texts/{language}.json").read_text(encoding="utf-8")), "")


def test_a_thousand_lines_of_code_are_enough() -> None:
    lines = [line for text in SOURCE.values() for line in text.splitlines() if line.strip() and not COMMENT.match(line)]
    assert len(lines) < 1000


def test_its_code_has_less_than_60_kb_and_a_visit_half_of_that_compressed() -> None:
    assert sum(path.stat().st_size for path in CODE) < 60_000
    assert sum(len(gzip.compress(path.read_bytes())) for path in FILES) < 32_000


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_file_is_long(path: Path) -> None:
    assert len(SOURCE[path].splitlines()) <= 110


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_markup_is_made_of_data_and_nothing_comes_from_elsewhere(path: Path) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|cssText", SOURCE[path])
    assert not re.search(r"(?:href|src|from|import|url)\s*[=(]?\s*[\"'(]?(?:https?:)?//", SOURCE[path])
    assert not re.search(r"\sstyle=|\son\w+=\"", SOURCE[path])


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    french, english = texts("fr"), texts("en")
    assert french.keys() == english.keys()
    for key, text in french.items():
        assert text
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key


def test_every_text_that_the_page_asks_for_is_there_and_none_is_idle() -> None:
    everything = "\n".join(SOURCE.values())
    groups = {key.partition(".")[0] for key in texts("fr") if "." in key}
    asked = set(re.findall(r'data-(?:t|label|placeholder)="([\w.]+)"', everything))
    asked |= {key for key in re.findall(r'"(\w+\.\w+)"', everything) if key.partition(".")[0] in groups}
    assert asked - {"job.updated"} <= texts("fr").keys()  # a message of the live connection
    computed = {"error", "choice", "state", "notice", "image"}
    idle = {key for key in texts("fr") if key not in asked and key.partition(".")[0] not in computed}
    assert idle == {"title", "lang", "light", "dark"}  # asked for by words without a dot
