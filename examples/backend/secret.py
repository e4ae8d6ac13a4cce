"""The webhook's secret. One in a file is read anew for each report, so that a rotation reaches a process that runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

_log = logging.getLogger(__name__)


def header_text(text: str) -> str:
    """Raises ValueError, with words that follow its name."""
    if not (text.isascii() and text.isprintable()):
        raise ValueError("must be visible ASCII: it travels in a header")
    return text


def read_secret(path: Path) -> str:
    """Without the line's end. Raises ValueError."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as exc:
        raise ValueError(f"cannot be read ({exc.strerror})") from exc
    if not text:
        raise ValueError("is empty")
    return header_text(text)


def secret_source(secret: str, path: Path | None) -> Callable[[], str]:
    """Gives what `path` holds now, and `secret` where there is no path; while it cannot be read, what it held last."""
    if path is None:
        return lambda: secret
    last = secret

    def current() -> str:
        nonlocal last
        try:
            last = read_secret(path)
        except ValueError as exc:
            _log.error("the webhook's secret cannot be read anew", extra={"reason": str(exc)})
        return last

    return current
