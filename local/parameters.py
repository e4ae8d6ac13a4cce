"""What `make deploy` is told of the template's parameters, held against the template's own rules before anything is built.

CloudFormation holds them to the same rules, minutes later and one at a time; and `sam deploy` passes over a name that the
template does not know.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import yaml

from local.environment import ROOT
from local.readiness import parameters_of

PREFIX: Final = "PARAMETER_"
Declared = Mapping[str, Mapping[str, Any]]


class _Plain(yaml.SafeLoader):
    """CloudFormation's short tags read as nothing: parameters have none."""


_Plain.add_multi_constructor("!", lambda *_: None)


def declared() -> Declared:
    """The template's parameters as they are written there."""
    content: dict[str, Declared] = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=_Plain)  # noqa: S506
    return content["Parameters"]


def said(overrides: str | Iterable[str] | Mapping[str, object], environment: Mapping[str, str]) -> dict[str, str]:
    """samconfig.toml's `parameter_overrides`, then `PARAMETER_BackendUrl=…` and the like of the environment, then its `ARCH`.

    An empty variable says nothing: that is what an unset one of GitHub comes as.
    """
    named = {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX) and value}
    arch = {"Arch": environment["ARCH"]} if environment.get("ARCH") else {}
    return parameters_of(overrides) | named | arch


def faults_of_values(values: Mapping[str, str], known: Declared) -> Iterator[str]:
    """In words, what the template would refuse."""
    for name, value in values.items():
        if name not in known:
            yield f"the template has no parameter {name}"
        elif not _is_allowed(value, known[name]):
            yield f"{name} is {value!r}: it {known[name]['ConstraintDescription'].rstrip('.')}"


def _is_allowed(value: str, rule: Mapping[str, Any]) -> bool:
    parts = [one.strip() for one in value.split(",")] if rule["Type"] == "CommaDelimitedList" else [value]
    return all(_fits(part, rule) for part in parts)


def _fits(value: str, rule: Mapping[str, Any]) -> bool:
    if "AllowedValues" in rule:
        return value in {str(one) for one in rule["AllowedValues"]}
    if rule["Type"] == "Number":
        return bool(re.fullmatch("[0-9]+", value)) and rule["MinValue"] <= int(value) <= rule["MaxValue"]
    return bool(re.fullmatch(rule["AllowedPattern"], value))
