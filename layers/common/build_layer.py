"""Builds the layer: pinned, hashed wheels for Lambda's processor, what of botocore the code uses, and compiled code.

python3.13 build_layer.py FOLDER ARCH
"""

import compileall
import shutil
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

AWS_SERVICES = ("apigatewaymanagementapi", "dynamodb", "s3", "secretsmanager", "sns", "sqs")
"""What sorami.clients makes clients of; botocore's descriptions of all other services, 20 MB, stay out."""

_PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}


def main(folder: Path, arch: str) -> None:
    if arch not in _PLATFORMS:
        sys.exit(f"ARCH is {arch!r}: it must be one of {', '.join(_PLATFORMS)}.")
    install_wheels(folder, _PLATFORMS[arch])
    shutil.copytree("sorami", folder / "sorami", ignore=shutil.ignore_patterns("__pycache__"))
    trim_botocore(folder / "botocore" / "data")
    compile_all(folder)


def install_wheels(folder: Path, platform: str) -> None:
    """Wheels only, for the platform of the function, whatever this machine is."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    wanted = ["--platform", platform, "--python-version", "3.13", "--implementation", "cp", "--only-binary=:all:"]
    subprocess.run([*pip, *wanted, "--target", str(folder), "--require-hashes", "--requirement", "requirements.txt"], check=True)  # noqa: S603


def trim_botocore(data: Path) -> None:
    for service in data.iterdir():
        if service.is_dir() and service.name not in AWS_SERVICES:
            shutil.rmtree(service)


def compile_all(folder: Path) -> None:
    """Compiled code that Python takes unseen: by time stamp it would count as stale, since a zip's files are all from 1980."""
    compileall.compile_dir(
        folder, quiet=2, stripdir=str(folder), prependdir="/opt/python", invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
