"""Whether the functions that are called by an alias run what was deployed last."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from local.aliases import LOGICAL_ENDING, NAME
from ops.diagnosis.finding import Finding, failing, fine, skipped, warning
from ops.stack import Place

_COMPARED: Final = ("CodeSha256", "Environment", "Layers", "MemorySize", "Timeout", "TracingConfig", "Role", "Architectures")


def check_versions(place: Place) -> Finding:
    """A change that published no version was deployed, and nobody who calls the API meets it."""
    named = sorted(name.removesuffix(LOGICAL_ENDING) for name in place.resources if name.endswith(LOGICAL_ENDING))
    if not named:
        return skipped("No function of this stack is called by an alias.")
    client = place.client("lambda")
    aliases = {name: client.get_alias(FunctionName=place.resources[name], Name=NAME) for name in named}
    if shifting := [name for name in named if aliases[name].get("RoutingConfig", {}).get("AdditionalVersionWeights")]:
        return warning(
            f"{', '.join(shifting)}: calls are being shifted to a new version.", "Wait until it has them all, or is back."
        )
    behind = [said for name in named if (said := _behind(client, name, place.resources[name], aliases[name]["FunctionVersion"]))]
    if behind:
        return failing(
            f"Callers meet an older version than was deployed last. {'; '.join(behind)}.",
            "Deploy by `make deploy`: a bare `sam deploy` publishes no version for a parameter's value alone. "
            "After a rollback, deploy with RELEASE=again.",
        )
    return fine(f"{len(named)} aliases, each with what was deployed last")


def _behind(client: Any, logical: str, function: str, version: str) -> str | None:
    """`GenerateFunction differs in Environment (MAX_OPEN_JOBS_PER_USER)`: the names of variables, and never their values."""
    latest = client.get_function_configuration(FunctionName=function)
    called = client.get_function_configuration(FunctionName=function, Qualifier=version)
    differing = [name for name in _COMPARED if _essence(latest.get(name)) != _essence(called.get(name))]
    if not differing:
        return None
    variables = sorted(_differing(_variables(latest), _variables(called)))
    return f"{logical} differs in {', '.join(differing)}" + (f" ({', '.join(variables)})" if variables else "")


def _essence(value: Any) -> Any:
    """Layers by their ARNs: what else is said of them is said in other words at other times."""
    return [one["Arn"] for one in value] if isinstance(value, list) and value and isinstance(value[0], dict) else value


def _variables(configuration: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = configuration.get("Environment", {}).get("Variables", {})
    return found


def _differing(here: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    return (name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
