"""What examples/frontend promises of its own files: small, safe, complete in both languages."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.page import FRONTEND, PageConfig, application

CODE = sorted(path for kind in ("*.html", "*.css", "*.js") for path in FRONTEND.rglob(kind))
SOURCE = {path: path.read_text(encoding="utf-8") for path in CODE}
COMMENT = re.compile(r"^\s*(//|/\*)")


def served() -> list[Path]:
    """All that a browser can load of the folder, as the page's own server sees it."""
    client = application(
        PageConfig(api_url="http://127.0.0.1:1", token_url="http://127.0.0.1:2", locale="fr", hosts=())
    ).test_client()
    files = [path for path in FRONTEND.rglob("*") if path.is_file()]
    return [path for path in files if client.get(f"/{path.relative_to(FRONTEND).as_posix()}").status_code == 200]


def texts() -> dict[str, tuple[str, str]]:
    """French and English of every key. A key whose French stands alone is the English text."""
    entries: dict[str, Any] = json.loads((FRONTEND / "texts.json").read_text(encoding="utf-8"))
    pairs = {key: (value, key) if isinstance(value, str) else value for key, value in entries.items()}
    return {key: (french, english) for key, (french, english) in pairs.items()}


def test_all_that_a_browser_loads_is_under_60_kb_and_1000_lines_of_code_and_half_of_that_compressed() -> None:
    """As it is written: there is no build step. Lines that are blank or a comment do not count."""
    files = served()
    assert {*CODE, FRONTEND / "texts.json", FRONTEND / "icons.svg", FRONTEND / "config.json"} == set(files)
    assert sum(path.stat().st_size for path in files) < 60_000
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 30_000
    lines = [line for text in SOURCE.values() for line in text.splitlines() if line.strip() and not COMMENT.match(line)]
    assert len(lines) < 1000


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_file_is_long(path: Path) -> None:
    assert len(SOURCE[path].splitlines()) <= 110


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_markup_is_made_of_data_and_nothing_comes_from_elsewhere(path: Path) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|cssText", SOURCE[path])
    assert not re.search(r"(?:href|src|from|import|url)\s*[=(]?\s*[\"'(]?(?:https?:)?//", SOURCE[path])
    assert not re.search(r"\sstyle=|\son\w+=\"", SOURCE[path])


def test_both_languages_have_every_text_with_the_same_places() -> None:
    for key, (french, english) in texts().items():
        assert french, key
        assert english, key
        assert set(re.findall(r"\{\w+\}", french)) == set(re.findall(r"\{\w+\}", english)), key


def test_every_english_text_of_the_page_has_its_french_and_none_is_idle() -> None:
    """Texts stand in markup, in arguments called `t` and `label`, and in calls of t() and say()."""
    everything = "\n".join(SOURCE.values())
    scripts = "\n".join(text for path, text in SOURCE.items() if path.suffix == ".js")
    known = texts()
    asked = set(re.findall(r'data-(?:t|label|placeholder)="([^"]+)"', everything))
    asked |= set(re.findall(r'\b(?:t|label): \[?"([^"]+)"', everything))
    asked |= set(re.findall(r'\bt\("([^"]+)"', everything))
    asked |= {text for text in re.findall(r'"([^"\n]*)"', scripts) if re.match(r"(?:[A-Z]|\d+ to |{).* ", text)}  # a sentence
    asked |= {text for text in re.findall(r'"([^"\n]*)"', everything) if text in known}
    assert asked - known.keys() == {"Prompt", "Messages", "Notifications"}  # the same in both
    codes = {key for key, (_, english) in known.items() if english != key}
    assert known.keys() - asked - codes == {"quality", "size"}  # names of choices
