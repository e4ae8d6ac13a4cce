"""What is built for: the runtime's Python and the function's processor."""

import sys

from building.failure import BuildFailure

PYTHON = (3, 13)
"""The minor version of `Runtime` in template.yaml. Compiled code of any other is not even looked at there."""

_PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}


def check_interpreter(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> None:
    """Raises BuildFailure unless this Python compiles for the runtime's."""
    if tuple(version[:2]) != PYTHON:
        runtime, this = (".".join(map(str, numbers[:2])) for numbers in (PYTHON, version))
        raise BuildFailure(
            f"The runtime is Python {runtime} and this is Python {this}: put python{runtime} on PATH, or name it in PYTHON."
        )


def platform_of(arch: str) -> str:
    """pip's name for the processor. Raises BuildFailure for one that Lambda does not have."""
    if arch not in _PLATFORMS:
        raise BuildFailure(f"ARCH is {arch!r}: it must be one of {', '.join(_PLATFORMS)}.")
    return _PLATFORMS[arch]
