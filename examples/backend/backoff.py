"""How long to wait before asking again."""

from __future__ import annotations

import random

_LONGEST = 30.0


def wait_before(attempt: int, at_least: float = 0.0) -> float:
    """Seconds before the `attempt`-th try (the first wait is before the second): twice as long each time, with jitter, and never
    shorter than whoever was asked wants it."""
    backoff = min(_LONGEST, 2.0 ** (attempt - 2))
    return max(backoff * random.uniform(0.5, 1.0), at_least)  # noqa: S311 - spreads load, hides nothing
