"""Ctrl-C and its like, for commands that stay until somebody ends them."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to end. Not an Exception, so that nothing on the way up takes it for a failure of its own."""

    def __init__(self, signum: int) -> None:
        self.signum = signum


def stop_on_signals() -> None:
    """From now on each of them raises Stopped, once."""
    for ending in _ENDINGS:
        signal.signal(ending, _stop)


def _stop(signum: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not disturb the clean-up that the first one starts.
    for ending in _ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    with suppress(OSError):  # not by the console: it may be in the middle of a line of its own
        os.write(sys.stdout.fileno(), "\nStopping…\n".encode())
    raise Stopped(signum)
