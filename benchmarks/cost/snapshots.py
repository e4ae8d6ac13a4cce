"""What SnapStart costs beside the init that it replaces, for the functions that may have it; sizes are the template's."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.prices import PER
from tests.support.template import resources, template

_MONTH_SECONDS: Final = 30 * 24 * 3600


def sizes() -> dict[str, int]:
    """Function → MB."""
    common: int = template()["Globals"]["Function"]["MemorySize"]
    said: dict[str, dict[str, Any]] = {name: one["Properties"] for name, one in resources("AWS::Serverless::Function").items()}
    return {
        name.removesuffix("Function").lower(): one.get("MemorySize", common) for name, one in said.items() if "SnapStart" in one
    }


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """Of what `make bench-cold` measured."""
    yield "| dollars | a version kept for 30 days | a million restores | a million inits |"
    yield "|---|---|---|---|"
    seconds = _inits(found)
    for name, size in sizes().items():
        memory = size / 1024
        kept = memory * _MONTH_SECONDS * PER["snapstart_cache_gb_second"]
        restores = memory * PER["snapstart_restore_gb"] * 1e6
        inits = memory * seconds[name] * PER["lambda_gb_second"] * 1e6
        yield f"| {name} ({size} MB) | {kept:.2f} | {restores:.2f} | {inits:.2f} |"


def spared(found: Mapping[str, Any]) -> str:
    """What the shortest and the longest of these inits take."""
    seconds = _inits(found).values()
    return f"{min(seconds):.2f} to {max(seconds):.2f} s"


def _inits(found: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of processor time by function."""
    return {name: found["bundles"][name]["cpu_ms"] / 1000 for name in sizes()}
