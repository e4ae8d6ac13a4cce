"""Rows 13 and 21: what is known of a secret, and for how long."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.stub import Stubber

from ops import rotation
from sorami.errors import SecretUnavailable
from sorami.secrets import CACHE_SECONDS, FRESH_SECONDS, RETRY_SECONDS, SecretReader
from tests.support.stack import Stack


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def manager(moto_stack: Stack) -> Iterator[Stubber]:
    with Stubber(moto_stack.secrets) as stubber:
        yield stubber


@pytest.fixture
def reader(moto_stack: Stack, clock: Clock) -> SecretReader:
    return SecretReader(moto_stack.secrets, "service-secret", clock)


def answers(manager: Stubber, text: str) -> None:
    manager.add_response("get_secret_value", {"SecretString": text}, {"SecretId": "service-secret"})


def test_a_secret_is_read_once_in_five_minutes(reader: SecretReader, manager: Stubber, clock: Clock) -> None:
    answers(manager, '{"key": "first"}')
    answers(manager, '{"key": "second"}')
    assert reader.values() == {"key": "first"}
    clock.seconds += CACHE_SECONDS - 1
    assert reader.values() == {"key": "first"}
    clock.seconds += 1
    assert reader.values() == {"key": "second"}
    manager.assert_no_pending_responses()


def test_a_refresh_reads_at_once_and_counts_as_a_read(reader: SecretReader, manager: Stubber, clock: Clock) -> None:
    answers(manager, '{"key": "first"}')
    answers(manager, '{"key": "second"}')
    assert reader.values() == {"key": "first"}
    clock.seconds += FRESH_SECONDS
    assert reader.refresh() == {"key": "second"}
    assert reader.values() == {"key": "second"}


@pytest.mark.parametrize("code", ["InternalServiceError", "ThrottlingException", "AccessDeniedException"])
def test_an_old_secret_outlives_an_outage_and_is_replaced_after_it(
    code: str, reader: SecretReader, manager: Stubber, clock: Clock
) -> None:
    answers(manager, '{"key": "old"}')
    reader.values()
    clock.seconds += 10 * CACHE_SECONDS
    manager.add_client_error("get_secret_value", code)
    assert reader.values() == {"key": "old"}
    answers(manager, '{"key": "new"}')
    clock.seconds += RETRY_SECONDS - 1
    assert reader.values() == {"key": "old"}  # without another try, which would have brought the new one
    clock.seconds += 1
    assert reader.values() == {"key": "new"}


@pytest.mark.parametrize("code", ["InternalServiceError", "ResourceNotFoundException"])
def test_without_any_copy_an_outage_is_an_error(code: str, reader: SecretReader, manager: Stubber) -> None:
    manager.add_client_error("get_secret_value", code)
    with pytest.raises(SecretUnavailable):
        reader.values()


@pytest.mark.parametrize("text", ["not json", '{"key": ', "[]", '"just a text"', "5", "null"])
def test_a_secret_that_is_no_json_object_is_as_good_as_none(text: str, reader: SecretReader, manager: Stubber) -> None:
    answers(manager, text)
    with pytest.raises(SecretUnavailable):
        reader.values()


def test_a_secret_without_text_is_as_good_as_none(reader: SecretReader, manager: Stubber) -> None:
    manager.add_response("get_secret_value", {"SecretBinary": b"x"})
    with pytest.raises(SecretUnavailable):
        reader.values()


def test_row_13_a_secret_written_two_seconds_ago_is_found_however_many_wrong_ones_come(clock: Clock) -> None:
    """A wrong one every 0.1 s for a minute, while the secret changes all the time."""
    manager = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": json.dumps({"written_at": str(clock())})})
    reader = SecretReader(cast(Any, manager), "service-secret", clock)
    ages = []
    for _ in range(600):
        ages.append(clock() - float(reader.refresh()["written_at"]))
        clock.seconds += 0.1
    assert 1 < max(ages) < FRESH_SECONDS


@pytest.mark.parametrize("is_away", [False, True])
def test_row_12_wrong_secrets_cost_one_read_in_two_seconds(
    is_away: bool, reader: SecretReader, manager: Stubber, clock: Clock
) -> None:
    """Row 21 as well: an outage is not asked after at every wrong secret."""
    answers(manager, '{"key": "good"}')
    reader.values()
    for _ in range(3):
        clock.seconds += FRESH_SECONDS
        manager.add_client_error("get_secret_value", "InternalServiceError") if is_away else answers(manager, '{"key": "good"}')
        for _ in range(100):  # Stubber refuses a read that nobody expects
            assert reader.refresh() == {"key": "good"}
    manager.assert_no_pending_responses()


def test_an_operator_waits_as_long_as_a_worker_may_go_without_asking() -> None:
    assert rotation.FRESH_SECONDS == FRESH_SECONDS


def test_an_operators_slip_leaves_the_known_secret_in_force(reader: SecretReader, manager: Stubber, clock: Clock) -> None:
    answers(manager, '{"key": "good"}')
    reader.values()
    clock.seconds += FRESH_SECONDS
    answers(manager, '"just a text"')
    assert reader.refresh() == {"key": "good"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": "x", "b": ""}', {"a": "x", "b": ""}),
        ('{"a": null, "b": "x"}', {"b": "x"}),
        ('{"a": false, "b": true, "c": 0, "d": [], "e": {}, "f": NaN}', {}),
        ("{}", {}),
    ],
)
def test_only_texts_are_values(text: str, values: dict[str, Any], reader: SecretReader, manager: Stubber) -> None:
    """The word "None" opened the webhook once."""
    answers(manager, text)
    assert reader.values() == values
