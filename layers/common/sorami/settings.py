"""The only reader of the environment, but for Powertools' switches.

A function names its settings as a dataclass; they are read on first use and kept.
"""

import os
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sorami.errors import ConfigurationError
from sorami.values import dataclass


class SettingsClass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonSettings:
    """What every function knows. Each field is the environment variable of the same name in capitals."""

    environment: str
    locale: str = "fr"


def _load[T: SettingsClass](kind: Callable[..., T]) -> T:
    """The settings of this kind. Raises ConfigurationError naming every variable that is missing."""
    values: dict[str, str] = {}
    missing: list[str] = []
    for field in fields(kind):  # type: ignore[arg-type]  # a Callable here so that mypy infers T; always a dataclass
        name = field.name.upper()
        value = os.environ.get(name, "")
        if value:
            values[field.name] = value
        elif field.default is MISSING:
            missing.append(name)
    if missing:
        raise ConfigurationError(f"these environment variables are not set: {', '.join(missing)}")
    return kind(**values)


def is_worker() -> bool:
    """Whether this runs in Lambda (its developer guide, "Using Lambda environment variables")."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


if TYPE_CHECKING:
    load = _load
else:
    load = cache(_load)
