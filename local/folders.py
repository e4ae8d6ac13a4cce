"""A run's folders: one stack per state folder at a time, and nothing left in it afterwards."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from local.failures import StartFailure
from local.processes import sweep


@contextmanager
def state_folder(state: Path) -> Iterator[Path]:
    """Yields the run's own folder inside `state`; both go at the end, `state` only if it was made here and is empty."""
    made_here = not state.exists()
    state.mkdir(parents=True, exist_ok=True)
    try:
        with locked(state, wait=False), _run_folder(state / "run") as run_dir:
            yield run_dir
    finally:
        if made_here:
            with suppress(OSError):
                state.rmdir()


@contextmanager
def locked(folder: Path, *, wait: bool) -> Iterator[None]:
    """An exclusive lock on the folder itself, which ends with this process however that ends, and needs no lock file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    except BlockingIOError:
        raise StartFailure(
            f"A local stack is already running from {folder}: stop it with Ctrl-C in its terminal, then start this one again."
        ) from None
    finally:
        os.close(handle)


@contextmanager
def _run_folder(run_dir: Path) -> Iterator[Path]:
    if run_dir.exists():  # a run that was killed outright: its processes may still be there
        _remove(run_dir)
    run_dir.mkdir(mode=0o700)
    try:
        yield run_dir
    finally:
        _remove(run_dir)


def _remove(run_dir: Path) -> None:
    sweep(run_dir)
    shutil.rmtree(run_dir, ignore_errors=True)
