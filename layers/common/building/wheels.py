"""Pinned, hashed wheels for Lambda's processor, whatever this machine is."""

import subprocess
import sys
from pathlib import Path

from building.failure import BuildFailure


def install_wheels(folder: Path, requirements: Path, platform: str) -> None:
    """Raises BuildFailure."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    wanted = ["--platform", platform, "--python-version", version, "--implementation", "cp", "--only-binary=:all:"]
    command = [*pip, *wanted, "--target", str(folder), "--require-hashes", "--requirement", str(requirements)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603
        raise BuildFailure("pip could not install the layer's wheels (above).")
