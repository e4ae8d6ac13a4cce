"""Intruders: bad tokens, and requests for another user's things (rows 27 and 28). `make attack` sends thousands of these."""

from local.stack import Stack
from tests.hostile.intrusion import GUARDED, ask, try_strangers, try_tokens
from tests.hostile.tokens import Forge, Headers, bad_tokens
from tests.support.seeds import chosen_seed

_STRANGERS = 40


def _is_refused_everywhere(stack: Stack, *tokens: Headers) -> bool:
    return all(ask(stack, route, headers)[0] == 401 for route in GUARDED for headers in tokens)


def test_row_27_no_bad_token_of_some_hundred_is_let_in(stack: Stack) -> None:
    report = try_tokens(stack, ["GET /api/images/user"])
    assert report.breaches == []
    assert report.accepted == 0
    assert report.variants >= 90


def test_row_28_a_stranger_gets_nothing_and_cannot_tell_anothers_from_what_never_was(stack: Stack) -> None:
    report = try_strangers(stack, _STRANGERS, chosen_seed=chosen_seed())
    assert report.breaches == []
    assert (report.accepted, report.tried) == (0, _STRANGERS)


def test_attack_a_forged_token_is_refused_on_every_route(stack: Stack) -> None:
    bad = bad_tokens(Forge(stack))
    assert _is_refused_everywhere(
        stack, bad["another key under our kid"], bad["HS256 with the public key"], bad["payload exchanged"]
    )


def test_attack_an_alg_none_token_is_refused_on_every_route(stack: Stack) -> None:
    bad = bad_tokens(Forge(stack))
    assert _is_refused_everywhere(stack, bad["alg none"], bad["alg NONE"], bad["alg none with a signature"])


def test_attack_a_token_without_exp_is_refused_on_every_route(stack: Stack) -> None:
    assert _is_refused_everywhere(stack, bad_tokens(Forge(stack))["exp missing"])
