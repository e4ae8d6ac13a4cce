"""What the benchmarks measured, as JSON under benchmarks/results: the charts are drawn from it, and docs/ quote it."""

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


def save(name: str, content: Mapping[str, Any]) -> None:
    machine = {"python": platform.python_version(), "processor": platform.machine(), "day": f"{datetime.now(UTC):%Y-%m-%d}"}
    (FOLDER / f"{name}.json").write_text(
        json.dumps({**machine, **content}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def load(name: str) -> dict[str, Any]:
    """Raises FileNotFoundError if it was never measured."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found
