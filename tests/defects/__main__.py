"""`make defects [ONLY=…]`: takes one guard away at a time, in a copy of the tree, and shows which test notices.

Exits with 1 if no test fails for some defect, and with 2 if the tests are red without any, or there is none of that name.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.defects.seeded import ROOT, Defect, load_defects

_WORKERS = os.cpu_count() or 1
_TESTS_FAILED = 1  # pytest's exit codes: 2 and more would be a defect that does not even run


def main() -> int:
    only = " ".join(sys.argv[1:])
    out, defects = Console(), [defect for defect in load_defects() if only in defect.name]
    if not defects:
        out.print(f"No defect is called {only!r}.", markup=False)
        return 2
    with TemporaryDirectory(prefix="sorami-defects-") as folder, ThreadPoolExecutor(_WORKERS) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(_WORKERS):
            trees.put(_copy_of_the_tree(Path(folder) / str(number)))
        out.print("The tests as they are …")
        tree = trees.get()
        ran = _pytest(tree, sorted({test for defect in defects for test in defect.tests}))
        trees.put(tree)
        if ran.returncode != 0:
            out.print(ran.stdout, ran.stderr, markup=False)
            out.print("[red]They fail without any defect.[/]")
            return 2
        seen = pool.map(lambda defect: _first_to_notice(trees, defect), defects)
        noticed = dict(zip(defects, track(seen, "One guard less", len(defects), console=out), strict=True))
    return _report(out, noticed)


def _copy_of_the_tree(target: Path) -> Path:
    """What git knows or would add, as it stands now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def _first_to_notice(trees: SimpleQueue[Path], defect: Defect) -> str | None:
    """The first test that fails, or None."""
    tree = trees.get()
    file = tree / defect.file
    sound = file.read_text()
    try:
        file.write_text(defect.seeded_in(sound))
        ran = _pytest(tree, defect.tests)
        failed = [line for line in ran.stdout.splitlines() if line.startswith("FAILED ")]
        return failed[0].split(" ")[1] if ran.returncode == _TESTS_FAILED and failed else None
    finally:
        file.write_text(sound)
        trees.put(tree)


def _pytest(tree: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *tests]
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=tree, env=surroundings, text=True, capture_output=True, check=False)


def _report(out: Console, noticed: dict[Defect, str | None]) -> int:
    table = Table("a guard less, so that …", "first noticed by", show_lines=True)
    for defect, test in noticed.items():
        table.add_row(defect.name, test.replace("::", " ") if test else "[red]no test[/]")
    out.print(table)
    missed = sum(test is None for test in noticed.values())
    out.print(f"{len(noticed)} seeded defects, {missed} unnoticed.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
