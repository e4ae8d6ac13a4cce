"""What each function may do, as the template grants it: `make iam-matrix` writes the table into docs/security.md."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from tests.support.roles import as_list, role_of, statements
from tests.support.template import resources

DOCUMENT: Final = Path(__file__).parents[2] / "docs/security.md"
BEGIN: Final = "<!-- iam-matrix: made by `make iam-matrix` -->"
END: Final = "<!-- /iam-matrix -->"

_OF_THE_STACK = re.compile(r"\$\{([A-Za-z]+)(?:\.Arn)?\}(.*)$")


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Permission:
    """`resource`: a logical name of the template and what follows it, such as `JobsTable/index/open`; `condition`: of the
    template, under which it is granted at all."""

    function: str
    action: str
    resource: str
    condition: str = ""


def permissions() -> list[Permission]:
    """Every permission of every function, sorted."""
    return sorted(_granted())


def _granted() -> Iterator[Permission]:
    for function in resources("AWS::Serverless::Function"):
        for statement in statements(role_of(function)):
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield Permission(
                        function=function.removesuffix("Function"),
                        action=action,
                        resource=_named(resource),
                        condition=statement.get("If", ""),
                    )


def _named(resource: Any) -> str:
    match resource:
        case {"Fn::GetAtt": [name, "Arn" | "Id"]} | {"Ref": name}:
            return str(name)
        case {"Fn::GetAtt": [name, "StreamArn"]}:
            return f"{name}/stream"
        case {"Fn::Sub": str(pattern)} if found := _OF_THE_STACK.search(pattern.rpartition("${AWS::AccountId}:")[2]):
            return found[1] + found[2]
        case "*":
            return "*"
    raise ValueError(f"nobody knows how to name {resource!r}")


def table() -> str:
    """The matrix in Markdown, between its markers."""
    lines = [BEGIN, "", "| function | action | on |", "|---|---|---|"]
    for (function, action), found in groupby(permissions(), key=lambda one: (one.function, one.action)):
        places = ", ".join(f"`{one.resource}`{f' if {one.condition}' if one.condition else ''}" for one in found)
        lines.append(f"| {function} | `{action}` | {places} |")
    return "\n".join([*lines, "", END])


def with_table(document: str) -> str:
    """The document with the table as the template has it now. Raises ValueError without both markers."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("docs/security.md has lost the markers of its IAM matrix")
    return before + table() + after


def main() -> int:
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    granted = permissions()
    sys.stdout.write(f"{len(granted)} permissions of {len({one.function for one in granted})} functions in docs/security.md\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
