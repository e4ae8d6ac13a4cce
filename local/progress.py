"""What the person sees while the stack starts: each step with its seconds, alive on a terminal, line by line elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Steps:
    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            with self._running(title):
                yield
        except BaseException:
            self._console.print(f"[red]✗[/] {title} ({time.monotonic() - began:.1f} s)")
            raise
        self._console.print(f"[green]✓[/] {title} ({time.monotonic() - began:.1f} s)")

    @contextmanager
    def _running(self, title: str) -> Iterator[None]:
        if not self._console.is_terminal:
            self._console.print(f"… {title}")
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as bar:
            bar.add_task(title, total=None)
            yield
