"""What a person sees while a soak runs: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_LINE_SECONDS = 15.0


class Watch:
    """Counts the jobs that have ended."""

    def __init__(self, out: Console, jobs: int) -> None:
        self.ended = 0
        self._out, self._jobs = out, jobs
        self._began = self._said = time.monotonic()
        columns = (
            TextColumn("Jobs ended"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=out, disable=not out.is_terminal)
        self._task = self._bar.add_task("", total=jobs)

    def __enter__(self) -> "Watch":
        self._bar.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._bar.stop()

    def show(self, *, asked: int, ended: int) -> None:
        self.ended = ended
        self._bar.update(self._task, completed=ended, description=f"{asked} handed in")
        now = time.monotonic()
        if not self._out.is_terminal and now - self._said >= _LINE_SECONDS:
            self._said = now
            self._out.print(f"{now - self._began:5.0f} s: {asked} handed in, {ended} of {self._jobs} ended")
