"""The baseline of `make security` holds back what it names, while its time lasts and there is something to hold back."""

from datetime import date

import pytest

import tests.security.__main__ as console
from tests.security import tools
from tests.security.findings import BASELINE, Finding, breaches, load_baseline
from tests.security.tools import NotAudited, ToolFailed

FOUND = Finding(tool="checkov", rule="CKV_1", resource="JobsTable", text="Ensure it")
ENTRY = """
[[accepted]]
tool = "checkov"
rule = "CKV_1"
resource = "*Table"
reason = "It is so."
expires = 2026-12-31
"""
TODAY = date(2026, 12, 31)


def judged(*found: Finding, baseline: str = ENTRY, today: date = TODAY, ran: str = "checkov") -> list[str]:
    return list(breaches(found, load_baseline(baseline), ran={ran}, today=today))


def test_what_the_baseline_names_is_accepted_on_its_last_day() -> None:
    assert judged(FOUND) == []


def test_what_it_does_not_name_is_a_breach() -> None:
    assert judged(FOUND, baseline="") == ["checkov CKV_1 JobsTable: Ensure it"]
    other = Finding(tool="checkov", rule="CKV_2", resource="JobsTable", text="Ensure that")
    assert judged(FOUND, other) == ["checkov CKV_2 JobsTable: Ensure that"]


def test_an_entry_that_is_over_fails() -> None:
    [breach] = judged(FOUND, today=date(2027, 1, 1))
    assert "until 2026-12-31" in breach


def test_an_entry_that_covers_nothing_fails_unless_its_tool_did_not_run() -> None:
    [breach] = judged()
    assert "take the entry out" in breach
    assert judged(ran="ruff") == []


def test_an_entry_without_a_reason_is_refused() -> None:
    with pytest.raises(TypeError, match="because"):
        load_baseline(ENTRY.replace("reason", "because"))


def test_every_entry_says_why_and_is_looked_at_again_within_a_year() -> None:
    for entry in load_baseline(BASELINE.read_text(encoding="utf-8")):
        assert len(entry.reason) >= 15
        assert entry.expires <= date(2027, 12, 31)


def not_audited() -> list[Finding]:
    raise NotAudited("nobody answers")


def failed() -> list[Finding]:
    raise ToolFailed("it fell over")


def test_what_was_not_audited_is_said_and_is_a_breach_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "ALL", {"pip-audit": not_audited})
    assert console.main([]) == 0
    assert "NOT AUDITED: nobody answers" in capsys.readouterr().out
    assert console.main(["--audit", "required"]) == 1


def test_a_tool_that_fails_or_finds_something_new_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ALL", {"checkov": failed})
    assert console.main([]) == 1
    monkeypatch.setattr(console, "ALL", {"other": lambda: [FOUND]})
    assert console.main([]) == 1


def test_a_program_that_ends_badly_without_a_word_has_failed() -> None:
    with pytest.raises(ToolFailed):
        tools._run(["false"])
    assert tools._run(["sh", "-c", "echo found; exit 1"]) == "found\n"
