"""What SnapStart costs beside the init that it replaces, for the functions that may have it; sizes are the template's."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.prices import PER
from tests.support.template import resources, template

_MONTH_SECONDS: Final = 30 * 24 * 3600
INIT_SECONDS: Final = 0.3
"""Of a cold start here: 0.2 to 0.35 (docs/performance.md)."""


def sizes() -> dict[str, int]:
    """Function → MB."""
    common: int = template()["Globals"]["Function"]["MemorySize"]
    said: dict[str, dict[str, Any]] = {name: one["Properties"] for name, one in resources("AWS::Serverless::Function").items()}
    return {
        name.removesuffix("Function").lower(): one.get("MemorySize", common) for name, one in said.items() if "SnapStart" in one
    }


def table(_found: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Of prices and the template alone."""
    yield "| dollars | a version kept for 30 days | a million restores | a million inits |"
    yield "|---|---|---|---|"
    for name, size in sizes().items():
        memory = size / 1024
        kept = memory * _MONTH_SECONDS * PER["snapstart_cache_gb_second"]
        restores = memory * PER["snapstart_restore_gb"] * 1e6
        inits = memory * INIT_SECONDS * PER["lambda_gb_second"] * 1e6
        yield f"| {name} ({size} MB) | {kept:.2f} | {restores:.2f} | {inits:.2f} |"
