"""template.yaml as Python values: CloudFormation's short tags read, its functions resolved against given names."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEMPLATE_FILE = Path(__file__).parents[2] / "template.yaml"


class _Loader(yaml.SafeLoader):
    """YAML in which `!Ref x` reads as `{"Ref": "x"}` and `!Sub x` as `{"Fn::Sub": "x"}`."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
            if suffix == "GetAtt":
                value = value.split(".", 1)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            raise TypeError(f"an unexpected node under !{suffix}")
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)


@cache
def template() -> dict[str, Any]:
    """The whole template, its functions as `{"Ref": …}` and `{"Fn::…": …}`."""
    content: dict[str, Any] = yaml.load(TEMPLATE_FILE.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a SafeLoader
    return content


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The resources of a type, by logical name."""
    return {name: resource for name, resource in template()["Resources"].items() if resource["Type"] == kind}


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template()["Resources"][name]["Properties"]
    return found


def defaults() -> dict[str, str]:
    """The parameters' own defaults."""
    return {name: str(one["Default"]) for name, one in template()["Parameters"].items() if "Default" in one}


class Resolver:
    """Evaluates the template's functions. `names` gives what `Ref` gives, `attributes` what `GetAtt` gives (`Table.Arn`)."""

    def __init__(self, names: Mapping[str, str], attributes: Mapping[str, str]) -> None:
        self._names = names
        self._attributes = attributes

    def resolve(self, value: Any) -> Any:
        match value:
            case {"Ref": name}:
                return self._names[name]
            case dict() if len(value) == 1 and (function := next(iter(value))).startswith("Fn::"):
                return self._call(function, value[function])
            case dict():
                return {name: self.resolve(inner) for name, inner in value.items()}
            case list():
                return [self.resolve(inner) for inner in value]
            case _:
                return value

    def _call(self, function: str, arguments: Any) -> Any:
        match function, arguments:
            case "Fn::GetAtt", [resource, attribute]:
                return self._attributes[f"{resource}.{attribute}"]
            case "Fn::Sub", str() as pattern:
                return re.sub(r"\$\{([^}]+)\}", lambda found: self._substituted(found[1]), pattern)
            case "Fn::Join", [separator, parts]:
                found = self.resolve(parts)  # a CommaDelimitedList is a text with commas here
                return separator.join(found.split(",") if isinstance(found, str) else found)
            case "Fn::If", [condition, yes, no]:
                return self.resolve(yes if self._holds(template()["Conditions"][condition]) else no)
            case _:
                raise ValueError(f"an intrinsic function that this reader does not know: {function}")

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Fn::Equals": [left, right]}:
                return bool(self.resolve(left) == self.resolve(right))
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case _:
                raise ValueError(f"a condition that this reader does not know: {condition}")

    def _substituted(self, name: str) -> str:
        return self._attributes[name] if "." in name else self._names[name]
