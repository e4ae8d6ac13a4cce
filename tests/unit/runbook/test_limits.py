"""The token bucket of a route, as AWS's gateway has it."""

from tests.runbook.limits import Bucket, Limits


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(bucket: Bucket, asked: int) -> int:
    return sum(bucket.takes_one() for _ in range(asked))


def test_a_burst_is_taken_at_once_and_then_as_many_as_the_rate_brings() -> None:
    clock = Clock()
    bucket = Bucket(rate=2, burst=5, clock=clock)
    assert taken(bucket, 10) == 5
    clock.now = 1.5
    assert taken(bucket, 10) == 3


def test_however_long_nobody_asks_no_more_than_the_burst_is_taken() -> None:
    clock = Clock()
    bucket = Bucket(rate=2, burst=5, clock=clock)
    clock.now = 3600
    assert taken(bucket, 10) == 5


def test_what_is_refused_costs_no_token() -> None:
    clock = Clock()
    bucket = Bucket(rate=1, burst=1, clock=clock)
    assert taken(bucket, 100) == 1
    clock.now = 1
    assert taken(bucket, 1) == 1


def test_each_route_has_its_own_limit_or_the_default_and_none_uses_up_anothers() -> None:
    limits = Limits(
        {"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 2},
        {"POST /a": {"ThrottlingRateLimit": "0", "ThrottlingBurstLimit": 1}},
    )
    assert [limits.admit("POST /a") for _ in range(2)] == [True, False]
    assert [limits.admit("GET /b") for _ in range(3)] == [True, True, False]
    assert limits.admit("GET /c")
