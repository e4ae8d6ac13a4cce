"""What the example backend's README names is there: each place of its checklist, each setting."""

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from examples import backend

FOLDER = Path(str(backend.__file__)).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
CHECKLIST = README.partition("## The checklist")[2].partition("\n## ")[0]
NAMED = re.compile(r"`((?:__main__|[a-z_]+)\.\w[\w.]*)`")
MODULES = {path.stem for path in FOLDER.glob("*.py")}


def places(text: str) -> list[str]:
    return [name for name in NAMED.findall(text) if name.partition(".")[0] in MODULES and not name.endswith((".py", ".txt"))]


def found(place: str) -> Any:
    module, *names = place.split(".")
    thing: Any = importlib.import_module(f"examples.backend.{module}")
    for name in names:
        thing = getattr(thing, name)
    return thing


@pytest.mark.parametrize("place", sorted(set(places(README))))
def test_a_place_that_the_readme_names_is_there(place: str) -> None:
    assert not isinstance(found(place), ModuleType)


@pytest.mark.parametrize(
    "duty",
    ["accept `job_id`", "use that `job_id` for the webhook", "`WEBHOOK_URL`", "`WEBHOOK_SECRET`", "`X-Webhook-Secret` header"],
)
def test_each_line_of_the_backends_checklist_leads_to_code(duty: str) -> None:
    [row] = [line for line in CHECKLIST.splitlines() if duty in line.partition(" | ")[0]]
    assert places(row.partition(" | ")[2])


def test_the_readme_has_every_setting_and_no_other() -> None:
    settings = set(re.findall(r'"([A-Z][A-Z_]+)"', (FOLDER / "settings.py").read_text(encoding="utf-8")))
    levels = {"DEBUG", "INFO", "WARNING", "ERROR"}
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row.split("|")[1])}
    assert told == settings - levels
