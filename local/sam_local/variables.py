"""What the containers are told: each deployed function's own variables, with addresses that a container can reach."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from local.failures import LocalFailure

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

type Variables = dict[str, str]

_FUNCTION: Final = "AWS::Serverless::Function"
_ON_THIS_MACHINE = re.compile(r"http://127\.0\.0\.1:\d+")


def functions_in(template: Path) -> list[str]:
    """The logical ids of a built template's functions."""
    resources = yaml.safe_load(template.read_text(encoding="utf-8"))["Resources"]
    return [name for name, resource in resources.items() if resource["Type"] == _FUNCTION]


def deployed_variables(client: "LambdaClient", physical: Mapping[str, str], functions: list[str]) -> dict[str, Variables]:
    """Logical id → the variables of the deployed function. Raises LocalFailure where there is none, and botocore's errors."""
    if unknown := [name for name in functions if name not in physical]:
        raise LocalFailure(f"The stack has no {', '.join(unknown)}: it was deployed from another template than this one.")
    return {
        name: client.get_function_configuration(FunctionName=physical[name]).get("Environment", {}).get("Variables", {})
        for name in functions
    }


def for_containers(
    deployed: Mapping[str, Variables], more: Mapping[str, str], webhook_url: str, reach: Callable[[str], str]
) -> dict[str, Variables]:
    """What `--env-vars` takes. `more` is for every function; `webhook_url` is what backends are told, which lie outside.

    `reach` makes of `http://127.0.0.1:PORT` the same from inside a container. Only what a function itself calls goes through it:
    a WebSocket's or a webhook's address is for others, who reach this machine as it is.
    """
    return {
        name: {
            key: webhook_url if key == "WEBHOOK_URL" else _reached(value, reach) if _is_called(key) else value
            for key, value in {**variables, **more}.items()
        }
        for name, variables in deployed.items()
    }


def declare(template: Path, told: Mapping[str, Variables]) -> None:
    """`sam local` hands on only what the template names, so this run's own copy of it names all."""
    document = yaml.safe_load(template.read_text(encoding="utf-8"))
    for name, variables in told.items():
        said = document["Resources"][name]["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
        said |= dict.fromkeys(variables, "")
    template.write_text(yaml.safe_dump(document), encoding="utf-8")


def _is_called(key: str) -> bool:
    return key == "BACKEND_URL" or key.startswith("AWS_ENDPOINT_URL")


def _reached(url: str, reach: Callable[[str], str]) -> str:
    return _ON_THIS_MACHINE.sub(lambda found: reach(found[0]), url)
