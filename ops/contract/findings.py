"""A verdict on one point of the contract."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    RIGHT = "right"
    HINT = "hint"
    WRONG = "wrong"
    OPEN = "not seen"


@dataclass(frozen=True)
class Finding:
    """`seen` is what the verdict rests on, `advice` what to do about it. Only WRONG is a fault of the backend."""

    point: str
    verdict: Verdict
    seen: str
    advice: str = ""


def right(point: str, seen: str) -> Finding:
    return Finding(point, Verdict.RIGHT, seen)


def wrong(point: str, seen: str, advice: str) -> Finding:
    return Finding(point, Verdict.WRONG, seen, advice)


def hint(point: str, seen: str, advice: str) -> Finding:
    return Finding(point, Verdict.HINT, seen, advice)


def unseen(point: str, seen: str, advice: str = "") -> Finding:
    return Finding(point, Verdict.OPEN, seen, advice)
