"""The docs page as layers/docs builds it, around a viewer of three lines."""

import base64
import hashlib
import importlib.util
import re
from types import ModuleType

import pytest

from tests.support.template import TEMPLATE_FILE

FOLDER = TEMPLATE_FILE.parent / "layers/docs"
VIEWER = 'window.x = "<!-- <script> <\\/script>"; // $1 \\1 @STYLE@'


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(FOLDER)
    built: str = builder().page_around(VIEWER, "p { color: red }")
    return built


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", FOLDER / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_policy_names_the_pages_own_scripts_and_no_others(page: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert len(scripts) == page.count("</script>") == 2
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert f"script-src {' '.join(f"'sha256-{digest}'" for digest in digests)};" in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy


def test_nothing_in_the_viewers_texts_ends_or_hides_its_script(page: str) -> None:
    assert r'window.x = "\x3C!-- \x3Cscript> <\/script>"; // $1 \1 @STYLE@' in page


def test_the_page_loads_nothing_from_elsewhere(page: str) -> None:
    assert re.findall(r"https?://[^\s\"']+", page) == []


def test_the_layers_openapi_json_is_the_repositorys() -> None:
    assert (FOLDER / "openapi.json").resolve() == TEMPLATE_FILE.parent / "openapi.json"
