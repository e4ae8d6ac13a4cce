"""Value classes that cost a cold start little: dataclasses without the code that each would have written and compiled for it.

`dataclasses` writes six methods of a frozen class as text and compiles them while a worker starts, and a function loads up to
thirty. Here those methods are the same functions for all. What makes a class a dataclass (`fields`, `replace`, `asdict`,
patterns, slots) is the standard library's as ever.
"""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

_put = object.__setattr__


def _value_class[C](*, frozen: bool, slots: bool, kw_only: bool) -> Callable[[type[C]], type[C]]:
    """As `dataclasses.dataclass`, for the one kind that is used here: frozen, with slots, by keywords, defaults as they stand.

    Raises TypeError for any other kind, and for a class with a method of its own that would be lost.
    """

    def make(cls: type[C]) -> type[C]:
        if lost := _LOST & vars(cls).keys():
            raise TypeError(f"{cls.__qualname__}: a value has no {', '.join(sorted(lost))} of its own")
        cls.__doc__ = cls.__doc__ or cls.__name__  # for a class without words a signature would be worked out
        for name, method in _METHODS.items():
            setattr(cls, name, method)
        made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(cls)
        made.__init__ = _initializer(made)  # type: ignore[method-assign]
        return made

    if not (frozen and slots and kw_only):
        raise TypeError("a value is frozen, has slots and is made by keywords")
    return make


def _initializer(made: Any) -> Callable[..., None]:
    fields = dataclasses.fields(made)
    names = {field.name: None for field in fields}
    defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
    if names.keys() != made.__dataclass_fields__.keys() or not all(map(_is_plain, fields)):
        raise TypeError("a value's fields are plain, and their defaults are values")

    def __init__(self: object, **given: Any) -> None:  # noqa: N807  # the name that tracebacks show
        values = {**defaults, **given}
        if values.keys() != names.keys():
            missing, unknown = sorted(names.keys() - values.keys()), sorted(values.keys() - names.keys())
            raise TypeError(f"{type(self).__qualname__}: missing {missing}, unknown {unknown}")
        for name, value in values.items():
            _put(self, name, value)

    __init__.__qualname__ = f"{made.__qualname__}.__init__"  # which a refusal of positions shows
    return __init__


def _is_plain(field: dataclasses.Field[Any]) -> bool:
    """One that must not be shown, or is no part of a comparison, would be so all the same."""
    asked = (field.default_factory, field.init, field.repr, field.compare, field.hash)
    return asked == (dataclasses.MISSING, True, True, True, None)


def _values(self: Any) -> list[tuple[str, Any]]:
    return [(name, getattr(self, name)) for name in self.__dataclass_fields__]


def _equal(self: object, other: object) -> object:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: object) -> int:
    return hash(tuple(_values(self)))


def _repr(self: object) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in _values(self))})"


def _refuse(_self: object, name: str, *_value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"{name} cannot be set or deleted")


def _restore(self: object, state: tuple[None, dict[str, Any]]) -> None:
    """For `copy` and `pickle`, which would set each slot."""
    for name, value in state[1].items():
        _put(self, name, value)


_METHODS: dict[str, Callable[..., Any]] = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__setstate__": _restore,
}

_LOST = {"__init__", "__post_init__", *_METHODS}

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _value_class

__all__ = ["dataclass"]
