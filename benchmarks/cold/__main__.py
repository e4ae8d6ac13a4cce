"""`make bench-cold`: how long each function takes until it is ready, beside what it could be and what it would be by default."""

import argparse
import io
import statistics
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.cold.bundles import bundles
from benchmarks.cold.starting import Bundle, Start, start
from benchmarks.results import save
from benchmarks.tables import cold


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold", description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="starts of each, interleaved (default: %(default)s)")
    asked = parser.parse_args()
    out = Console(highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        started = bundles(Path(folder))
        for bundle in started:
            start(bundle)  # nobody counts the first: its files are not in memory yet
        starts: dict[str, list[Start]] = {bundle.name: [] for bundle in started}
        for _ in range(asked.rounds):
            for bundle in started:
                starts[bundle.name].append(start(bundle))
        measured = {bundle.name: _summary(bundle, starts[bundle.name]) for bundle in started}
    found = {"rounds": asked.rounds, "bundles": measured}
    save("cold", found)
    for line in cold(found):
        out.print(line, soft_wrap=True)
    return 0


def _summary(bundle: Bundle, starts: Sequence[Start]) -> dict[str, Any]:
    ready = sorted(one.ready for one in starts)
    low, _, high = statistics.quantiles(ready, n=4)
    unzipped, zipped = _sizes(bundle)
    return {
        "ready_ms": statistics.median(ready),
        "quartiles_ms": [low, high],
        "least_ms": ready[0],
        "cpu_ms": statistics.median(one.cpu for one in starts),
        "peak_mb": statistics.median(one.peak_mb for one in starts),
        "unzipped_bytes": unzipped,
        "zipped_bytes": zipped,
    }


def _sizes(bundle: Bundle) -> tuple[int, int]:
    files = [(file, folder) for folder in bundle.folders for file in sorted(folder.rglob("*")) if file.is_file()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (file, folder) in enumerate(files):
            archive.write(file, f"{number}/{file.relative_to(folder)}")
    return sum(file.stat().st_size for file, _ in files), packed.tell()


if __name__ == "__main__":
    raise SystemExit(main())
