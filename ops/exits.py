"""How a command ends: exit codes, which programs branch on, and the one sentence that goes with each.

ConsoleFailure
├── NotThere      nothing is called so
└── Refused       as things stand it may not be done; nothing was written
"""

from enum import IntEnum


class Exit(IntEnum):
    """docs/cli.md tells them to people. 2 is the parser's own, for a command that makes no sense."""

    DONE = 0
    UNREACHABLE = 1
    USAGE = 2
    NOT_THERE = 3
    REFUSED = 4
    SOMETHING_LEFT = 5
    WARNED = 6
    FAILING = 7


class ConsoleFailure(Exception):
    """Expected: shown as one sentence, without a traceback."""

    exit = Exit.UNREACHABLE


class NotThere(ConsoleFailure):
    exit = Exit.NOT_THERE


class Refused(ConsoleFailure):
    exit = Exit.REFUSED
