"""What the template's roles may do, and which routes its functions have."""

from collections.abc import Iterator
from typing import Any

from tests.support.template import properties


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(role: str) -> Iterator[dict[str, Any]]:
    """Every statement of the role, those under a condition marked with its name as `If`."""
    for policy in properties(role)["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            match statement:
                case {"Fn::If": [condition, granted, {"Ref": "AWS::NoValue"}]}:
                    yield {**granted, "If": condition}
                case {"Fn::If": _}:
                    raise AssertionError(f"{role}: a condition must grant something or nothing")
                case _:
                    yield statement


def actions(role: str) -> set[str]:
    return {action for statement in statements(role) for action in as_list(statement["Action"])}


def role_of(function: str) -> str:
    match properties(function)["Role"]:
        case {"Fn::GetAtt": [role, "Arn"]}:
            return str(role)
    raise AssertionError(f"{function} has no role of its own")


def routes(function: str) -> dict[str, dict[str, Any]]:
    """The function's routes: `GET /health` → the event's properties."""
    events = properties(function).get("Events", {}).values()
    return {
        f"{event['Properties']['Method']} {event['Properties']['Path']}": event["Properties"]
        for event in events
        if event["Type"] == "HttpApi"
    }
