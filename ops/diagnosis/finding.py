"""What a check comes to."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    SKIPPED = "skipped"
    """It cannot apply here; the detail says why."""
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`detail` is what was seen, `advice` what to do. Neither ever holds a secret."""

    verdict: Verdict
    detail: str
    advice: str | None = None


def fine(detail: str) -> Finding:
    return Finding(verdict=Verdict.OK, detail=detail)


def skipped(why: str) -> Finding:
    return Finding(verdict=Verdict.SKIPPED, detail=why)


def warning(detail: str, advice: str) -> Finding:
    return Finding(verdict=Verdict.WARN, detail=detail, advice=advice)


def failing(detail: str, advice: str) -> Finding:
    return Finding(verdict=Verdict.FAIL, detail=detail, advice=advice)
