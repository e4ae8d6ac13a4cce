"""Prompts that rehearse the unhappy ways: `!fail`, `!fail moderated`, `!slow`, `!silent`."""

from __future__ import annotations

from dataclasses import dataclass

_SLOW_SECONDS = 30.0


@dataclass(frozen=True)
class Cues:
    """`failure` is the error code to fail with; a silent job works but never speaks to the webhook."""

    failure: str | None
    seconds: float
    silent: bool


def read_cues(prompt: str, usual_seconds: float) -> Cues:
    failure = None
    if prompt.startswith("!fail"):
        failure = "content_moderated" if prompt.split()[1:2] == ["moderated"] else "internal"
    return Cues(failure, _SLOW_SECONDS if prompt.startswith("!slow") else usual_seconds, prompt.startswith("!silent"))
