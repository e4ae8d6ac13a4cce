import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from sorami import texts
from sorami.artifacts import BadReference
from sorami.jobs import ErrorCode, State
from sorami.texts import keys, text

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "layers/common/sorami").rglob("*.py"), *(ROOT / "functions").rglob("*.py")])
KEY = re.compile(r"(job|failed|webhook|notification|live|problem|fault)\.[a-z_]+(\.[a-z_]+)*")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("key", sorted(keys()))
def test_both_languages_say_the_same_with_the_same_placeholders(key: str) -> None:
    french, english = texts._TEXTS[key]
    assert french
    assert english
    assert french != english
    assert placeholders(french) == placeholders(english)
    assert "" not in placeholders(french)


def test_an_unknown_locale_is_french() -> None:
    assert text("problem.internal", "de") == text("problem.internal", "fr") == "Erreur interne."
    assert text("problem.internal", "en") == "Internal error."


def test_values_are_put_in_and_not_interpreted() -> None:
    assert text("problem.invalid_request", "en", faults="{x} {0}") == "The request has errors: {x} {0}"


def test_an_unknown_key_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        text("problem.nonsense", "fr")


def literal_keys() -> Iterator[tuple[str, str]]:
    """Every text of the sources that has the form of a key."""
    for source in SOURCES:
        if source.name == "texts.py":
            continue
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
                yield source.name, node.value


NO_KEYS = {"notification.created", "job.updated", "live.app"}  # types of published messages


def test_every_key_that_the_code_names_is_in_the_catalogue() -> None:
    named = set(literal_keys())
    assert len(named) > 30
    assert {(source, key) for source, key in named if key not in keys() | NO_KEYS} == set()


def test_every_key_of_the_catalogue_is_used() -> None:
    made = {f"job.{state}" for state in State} | {f"failed.{code}" for code in ErrorCode}
    assert keys() - {key for _, key in literal_keys()} - made == set()


@pytest.mark.parametrize("state", [state for state in State if not state.is_terminal])
def test_every_open_state_has_a_message(state: State) -> None:
    assert text(f"job.{state}", "fr")


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_code_has_words_for_people(code: ErrorCode) -> None:
    assert text(f"failed.{code}", "fr")


def test_a_bad_reference_says_which_text_explains_it() -> None:
    assert BadReference("fault.image_key").reason in keys()
