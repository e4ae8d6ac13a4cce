"""How large a bundle may grow. Every byte is unpacked before a cold start, and a dependency that slips in shows here first."""

from pathlib import Path

from building.failure import BuildFailure

TOTAL = 26_000_000
"""Bytes of a function and its layers, unpacked."""

FUNCTION = 250_000
DOCS_LAYER = 750_000
"""What query carries on top (layers/docs)."""

LAYER = TOTAL - FUNCTION - DOCS_LAYER


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def check_size(folder: Path, limit: int, what: str) -> None:
    """Raises BuildFailure, with the largest parts named."""
    if (size := size_of(folder)) > limit:
        parts = sorted(
            ((size_of(one) if one.is_dir() else one.stat().st_size, one.name) for one in folder.iterdir()), reverse=True
        )
        largest = ", ".join(f"{name} {_mb(bytes_)}" for bytes_, name in parts[:5])
        raise BuildFailure(
            f"{what} is {_mb(size)} unpacked, and {_mb(limit)} is its budget (building/budget.py). Largest: {largest}."
        )


def _mb(size: int) -> str:
    return f"{size / 1_000_000:.2f} MB"
