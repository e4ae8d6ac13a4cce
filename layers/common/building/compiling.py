"""Compiled code that Python takes as it is.

By time stamp it would count as stale, since a zip's files are all from 1980, and a function's folder cannot be written to: each
cold start would compile everything anew. By hash, unchecked, nothing is compared at all.
"""

import compileall
from pathlib import Path
from py_compile import PycInvalidationMode

from building.failure import BuildFailure


def compile_all(folder: Path, place: str) -> None:
    """`place` is where the folder will be in Lambda: tracebacks name it. Raises BuildFailure for code that is none."""
    compiled = compileall.compile_dir(
        folder, quiet=1, stripdir=str(folder), prependdir=place, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )
    if not compiled:
        raise BuildFailure(f"Some code in {folder} does not compile (above).")
