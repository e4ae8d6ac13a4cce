"""Rows 15 and 16 over HTTP: `make fuzz-webhook` sends thousands of these."""

from local.stack import Stack
from tests.hostile.attack import attack_webhook
from tests.support.seeds import chosen_seed

_BODIES = 200


def test_rows_12_15_16_hostile_bodies_change_nothing_and_learn_nothing(stack: Stack) -> None:
    tally = attack_webhook(stack, bodies=_BODIES, chosen_seed=chosen_seed())
    assert tally.breaches == []
    assert tally.requests >= _BODIES
    assert {200, 400, 401, 413} <= tally.statuses.keys()
