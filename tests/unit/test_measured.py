"""What docs/performance.md, docs/cost.md, docs/scale.md and README.md say was measured is what lies in benchmarks/results."""

import re

import pytest

from benchmarks import quote
from benchmarks.quote import DOCUMENTS, SENTENCES, quoted
from benchmarks.results import load
from local.environment import ROOT


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_tables_are_those_of_the_last_run(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert quoted(document, text) == text
    spoiled = re.sub(r"(?m)^\| (generate|create|route of results) \|.*$", "| generate | nothing |", text)
    assert spoiled != text
    assert quoted(document, spoiled) == text


@pytest.mark.parametrize("document", SENTENCES)
def test_the_figures_of_the_sentences_are_those_of_the_last_run(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert quoted(document, text) == text
    spoiled = re.sub(r"(<!-- [\w ]+ -->)[^<\n]+(<!-- /)", r"\1some\2", text)
    assert spoiled != text
    assert quoted(document, spoiled) == text


@pytest.mark.parametrize("document", dict.fromkeys((*DOCUMENTS, *SENTENCES)))
def test_no_place_is_left_that_nothing_writes_into(document: str) -> None:
    places = re.findall(r"<!-- ([\w ]+) -->", (ROOT / document).read_text(encoding="utf-8"))
    assert set(places) == {*DOCUMENTS.get(document, {}), *SENTENCES.get(document, {})}


def test_the_limits_are_worked_out_from_the_processor_time_that_the_costs_are() -> None:
    assert load("scale")["cpu_ms"] == load("cost")["measured"]["cpu_ms"], "make scale"


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
    monkeypatch.setitem(SENTENCES, "docs/y.md", {"notify": ("scale", lambda _: "81")})
    with pytest.raises(ValueError, match=r"docs/y\.md has no place for notify"):
        quoted("docs/y.md", "87")
    assert quoted("docs/x.md", "<!-- cold -->\n| old |\n<!-- /cold -->\n") == "<!-- cold -->\n\n| a |\n\n<!-- /cold -->\n"
