"""`sorami.values` beside the standard library's dataclasses: one class made by each."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sorami import values


def _make(dataclass: Callable[..., Any]) -> type[Any]:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Card:
        colour: str
        number: int | None = 7

        @property
        def name(self) -> str:
            return f"{self.colour} {self.number}"

    return Card


@values.dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    colour: str


@values.dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Base):
    number: int = 7


OURS = _make(values.dataclass)
STANDARD = _make(dataclasses.dataclass)
BOTH = pytest.mark.parametrize("kind", [OURS, STANDARD], ids=["ours", "standard"])

_FIELDS = st.fixed_dictionaries({"colour": st.sampled_from(["a", "b"])}, optional={"number": st.none() | st.integers(0, 2)})


@given(_FIELDS, _FIELDS)
@settings(max_examples=60, derandomize=True)
def test_values_are_equal_hashed_and_shown_as_the_standard_ones_are(one: dict[str, Any], other: dict[str, Any]) -> None:
    a, b = OURS(**one), OURS(**other)
    x, y = STANDARD(**one), STANDARD(**other)
    assert (a == b) is (x == y)
    assert (len({a, b}) == 1) is (len({x, y}) == 1)
    assert (repr(a), dataclasses.asdict(a)) == (repr(x), dataclasses.asdict(x))
    assert dataclasses.replace(a, number=1) == OURS(**{**one, "number": 1})


@BOTH
def test_fields_have_their_defaults_and_the_class_its_own_methods(kind: type[Any]) -> None:
    assert kind(colour="red").name == "red 7"
    assert [(field.name, field.kw_only) for field in dataclasses.fields(kind)] == [("colour", True), ("number", True)]


@BOTH
@pytest.mark.parametrize("given", [{}, {"number": 1}, {"colour": "red", "size": 1}, {"number": 1, "size": 1}], ids=str)
def test_a_field_that_is_missing_or_unknown_is_refused(kind: type[Any], given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(**given)


@BOTH
def test_positions_are_refused_by_the_class_that_was_meant(kind: type[Any]) -> None:
    with pytest.raises(TypeError, match=r"Card.__init__\(\) takes 1 positional argument"):
        kind("red")


def test_a_refusal_names_what_is_missing_and_what_is_unknown() -> None:
    with pytest.raises(TypeError, match=r"Card: missing \['colour'\], unknown \['size'\]"):
        OURS(size=1)


@BOTH
def test_nothing_of_a_value_can_be_changed(kind: type[Any]) -> None:
    value = kind(colour="red")
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.colour = "blue"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del value.colour
    # Of a name that has no slot the standard library's own refusal is a TypeError (a fault of its slots).
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        value.size = 1
    assert not hasattr(value, "__dict__")


@BOTH
def test_kinds_with_the_same_fields_are_not_equal(kind: type[Any]) -> None:
    assert kind(colour="red") != _make(values.dataclass)(colour="red")


def test_a_value_can_be_copied_and_pickled() -> None:
    value = Derived(colour="red", number=3)
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value  # noqa: S301


def test_a_class_that_derives_has_the_fields_of_both() -> None:
    assert (Derived(colour="red").colour, Derived(colour="red").number) == ("red", 7)
    assert Derived(colour="red") != Base(colour="red")
    with pytest.raises(TypeError):
        Derived(number=1)  # type: ignore[call-arg]


def test_patterns_match_a_value() -> None:
    match Derived(colour="red"):
        case Derived(colour=str(colour), number=7):
            assert colour == "red"
        case _:
            pytest.fail("no match")


@pytest.mark.parametrize("lacking", ["frozen", "slots", "kw_only"])
def test_other_kinds_of_dataclass_are_refused_when_they_are_made(lacking: str) -> None:
    asked = {"frozen": True, "slots": True, "kw_only": True, lacking: False}
    with pytest.raises(TypeError, match="frozen, has slots and is made by keywords"):
        values.dataclass(**asked)


@pytest.mark.parametrize(
    "rule", [{"default_factory": list}, {"repr": False}, {"compare": False}, {"hash": False}, {"init": False}], ids=str
)
def test_a_field_with_rules_of_its_own_is_refused(rule: dict[str, Any]) -> None:
    field: Any = dataclasses.field
    with pytest.raises(TypeError, match="fields are plain, and their defaults are values"):

        @values.dataclass(frozen=True, slots=True, kw_only=True)
        class _Special:
            secret: Any = field(**rule)


@pytest.mark.parametrize("kind", [dataclasses.InitVar[int], ClassVar[int]], ids=["InitVar", "ClassVar"])
def test_what_is_no_field_is_refused(kind: Any) -> None:
    with pytest.raises(TypeError, match="fields are plain"):
        values.dataclass(frozen=True, slots=True, kw_only=True)(type("_Odd", (), {"__annotations__": {"size": kind}}))


@pytest.mark.parametrize("name", ["__init__", "__post_init__", "__eq__", "__hash__", "__repr__", "__setattr__"])
def test_a_method_that_would_be_lost_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=rf"no .*{name}.* of its own"):
        values.dataclass(frozen=True, slots=True, kw_only=True)(type("_Odd", (), {name: lambda *_: ""}))


def test_for_a_class_without_words_no_signature_is_worked_out() -> None:
    assert (OURS.__doc__, STANDARD.__doc__) == ("Card", "Card(*, colour: str, number: int | None = 7)")
