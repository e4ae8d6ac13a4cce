import pytest

from examples.backend.rehearsal import Cues, read_cues


@pytest.mark.parametrize(
    ("prompt", "cues"),
    [
        ("un chat", Cues(None, 3, False)),
        ("un chat !slow", Cues(None, 3, False)),
        ("!slow", Cues(None, 30, False)),
        ("!silent un chat", Cues(None, 3, True)),
        ("!silent !slow un chat", Cues(None, 30, True)),
        ("!slow !fail moderated", Cues("content_moderated", 30, False)),
        ("!fail !slow un chat moderated", Cues("internal", 30, False)),
    ],
)
def test_the_words_in_front_are_cues_and_add_up(prompt: str, cues: Cues) -> None:
    assert read_cues(prompt, 3) == cues
