from tests.soak.fault_proxy import BROKEN, THROTTLED, UNANSWERED, Dice


def test_the_asked_share_of_calls_fails_in_all_three_ways() -> None:
    dice = Dice(0.05, "1")
    fates = [dice.fate() for _ in range(10_000)]
    assert 0.04 < sum(fate is not None for fate in fates) / len(fates) < 0.06
    assert dice.calls == len(fates)
    assert all(0.25 < dice.faults[kind] / dice.faults.total() < 0.42 for kind in (THROTTLED, BROKEN, UNANSWERED))


def test_a_seed_repeats_the_fates_and_another_does_not() -> None:
    def fates(seed: str) -> list[str | None]:
        dice = Dice(0.5, seed)
        return [dice.fate() for _ in range(100)]

    assert fates("1") == fates("1")
    assert fates("1") != fates("2")
