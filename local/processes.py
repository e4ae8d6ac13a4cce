"""Child processes that start with a log of their own and end for certain, their grandchildren too."""

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from local.environment import MARKER, ROOT
from local.failures import ChildEnded, StartFailure

# Hardly anything here has anything to save: an ordinary end is only the politer one (MiniStack waits for open connections).
_GRACE_SECONDS = 1.0


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def last_words(self) -> str:
        lines = [line for line in self.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it printed nothing"


@contextmanager
def child(
    name: str, command: Sequence[str], env: Mapping[str, str], log: Path, grace_seconds: float = _GRACE_SECONDS
) -> Iterator[Child]:
    # A session of its own: a Ctrl-C in the terminal reaches only us, and we end the children in order.
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Child(name, process, log)
    finally:
        end(process, grace_seconds)


def end(process: subprocess.Popen[bytes], grace_seconds: float = _GRACE_SECONDS) -> None:
    """Terminate, wait, kill."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def sweep(run_dir: Path) -> None:
    """Kill whatever still carries the marker of this run: Lambda workers, a pip of `sam build`, leftovers of a killed run."""
    ours = [process for process in psutil.process_iter() if _marker(process) == str(run_dir) and process.pid != os.getpid()]
    for process in ours:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(ours, timeout=_GRACE_SECONDS)


def _marker(process: psutil.Process) -> str | None:
    # Other users' processes and those that end meanwhile cannot be read; neither is ours.
    with suppress(psutil.Error, OSError):
        return process.environ().get(MARKER)
    return None


def check_alive(children: Iterable[Child]) -> None:
    """Raises ChildEnded for one that ended by itself."""
    for one in children:
        if one.ended:
            raise ChildEnded(f"{one.name} ended with code {one.process.returncode} ({one.last_words()}).")


def wait_until(ready: Callable[[], bool], children: Sequence[Child], what: str, seconds: float) -> None:
    """Poll until ready; a child that ends meanwhile, or the deadline, is a StartFailure that quotes its last line."""
    deadline = time.monotonic() + seconds
    while not ready():
        for one in children:
            if one.ended:
                raise StartFailure(f"{one.name} ended while starting ({one.last_words()}).")
        if time.monotonic() > deadline:
            raise StartFailure(f"{what} did not answer within {seconds:.0f} s.")
        time.sleep(0.05)
