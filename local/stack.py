"""What tests and tools use of a local stack.

    with running_stack(tmp_path, Options(backend_env={"SECONDS_PER_JOB": "0.2"})) as stack:
        requests.get(f"{stack.api_url}/health")

`load()` gives the facts of the one that `make run` has open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.launch import Options, launched
from local.record import Stack, load

__all__ = ["Options", "Stack", "load", "running_stack"]


@contextmanager
def running_stack(state: Path, options: Options | None = None) -> Iterator[Stack]:
    """Start everything on free ports into `state`; afterwards only the checkout's build cache remains. Raises StartFailure."""
    with launched(state, options or Options()) as launch:
        yield launch.stack
