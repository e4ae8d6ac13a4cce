"""One cold start: a fresh Python in an environment of its own, from its first moment until its module is imported."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.environment import ACCESS_KEY, REGION, SECRET_KEY

# What the interpreter does to end is nothing that Lambda waits for, so the child says when it was ready.
_PROBE = """
import sys
__import__(sys.argv[1])
import time
ready, cpu = time.monotonic_ns(), time.process_time()
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(ready, cpu * 1000, peak.split()[1])
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """`folders` as Lambda would have them on its path, the function's own first; `module` is what is imported."""

    name: str
    module: str
    folders: tuple[Path, ...]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Start:
    """`ready`: milliseconds from the start of the process; `cpu`: those in which it had a processor."""

    ready: float
    cpu: float
    peak_mb: float


def start(bundle: Bundle) -> Start:
    """`-S`: no site-packages of this machine, whose `.pth` files cost time; `-B`: a function's folders cannot be written to."""
    command = [interpreter(), "-S", "-B", "-c", _PROBE, bundle.module]
    begun = time.monotonic_ns()
    done = subprocess.run(command, env=_environment(bundle), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{bundle.name} does not start:\n{done.stderr}")
    ready, cpu, peak_kb = done.stdout.split()
    return Start((int(ready) - begun) / 1e6, float(cpu), int(peak_kb) / 1000)


def interpreter() -> str:
    """The Python itself: that of a virtual environment looks for its settings first."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def _environment(bundle: Bundle) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(map(str, bundle.folders)),
        "LANG": "en_US.UTF-8",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": bundle.name,
        **bundle.variables,
    }
