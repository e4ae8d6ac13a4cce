"""What random tests draw: the same in every run, so that a red one is the doing of a change. `SEED=7` in the environment
draws others; pyproject.toml has the seed of what Hypothesis draws without being told one."""

import os

_USUAL = 20261124


def chosen_seed() -> int:
    return int(os.environ.get("SEED") or _USUAL)
