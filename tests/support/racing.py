"""Threads that start together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


def race[R](*racers: Callable[[], R]) -> list[R]:
    """What each returned. None begins before all are there; an error of one is raised."""
    barrier = Barrier(len(racers))

    def run(racer: Callable[[], R]) -> R:
        barrier.wait()
        return racer()

    with ThreadPoolExecutor(len(racers)) as pool:
        return [future.result() for future in [pool.submit(run, racer) for racer in racers]]
