"""Prompts that rehearse the unhappy ways: `!fail`, `!fail moderated`, `!slow`, `!silent`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

_SLOW_SECONDS = 30.0


@dataclass(frozen=True)
class Cues:
    """`failure` is the error code to fail with; a silent job works but never speaks to the webhook."""

    failure: str | None
    seconds: float
    silent: bool


def read_cues(prompt: str, usual_seconds: float) -> Cues:
    """By the words in front: `!silent !slow un chat` is both."""
    words = prompt.split()
    cues = list(takewhile(lambda word: word.startswith("!"), words))

    def is_cued(name: str) -> bool:
        return any(cue.startswith(name) for cue in cues)

    failure = None
    if is_cued("!fail"):
        failure = "content_moderated" if words[len(cues) : len(cues) + 1] == ["moderated"] else "internal"
    return Cues(failure, _SLOW_SECONDS if is_cued("!slow") else usual_seconds, is_cued("!silent"))
