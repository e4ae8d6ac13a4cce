"""What docs/performance.md, docs/cost.md and docs/scale.md say was measured is what lies in benchmarks/results."""

import re

import pytest

from benchmarks import quote
from benchmarks.quote import DOCUMENTS, quoted
from local.environment import ROOT


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_tables_are_those_of_the_last_run(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert quoted(document, text) == text
    spoiled = re.sub(r"(?m)^\| (generate|create|route of results) \|.*$", "| generate | nothing |", text)
    assert spoiled != text
    assert quoted(document, spoiled) == text


@pytest.mark.parametrize("document", ["docs/performance.md", "docs/cost.md"])
def test_no_table_of_figures_is_written_by_hand(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    by_hand = re.sub(r"<!-- ([\w ]+) -->.*?<!-- /\1 -->", "", text, flags=re.DOTALL)
    assert [line for line in by_hand.splitlines() if line.startswith("|")] == []


def test_a_table_without_its_place_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quote, "load", lambda _: {})
    monkeypatch.setitem(DOCUMENTS, "docs/x.md", {"cold": ("cold", lambda _: ["| a |"])})
    with pytest.raises(ValueError, match=r"docs/x\.md has 0 places for cold"):
        quoted("docs/x.md", "<!-- cold -->\n")
    assert quoted("docs/x.md", "<!-- cold -->\n| old |\n<!-- /cold -->\n") == "<!-- cold -->\n\n| a |\n\n<!-- /cold -->\n"
