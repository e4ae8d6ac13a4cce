"""The Docker engine of this machine: whether it answers, whether it has Lambda's image, and what a run leaves in it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.failures import LocalFailure
from local.sam import ARCH

IMAGE = f"public.ecr.aws/lambda/python:3.13-{ARCH}"
# `sam local` bakes a function's layers into images of this name, anew in every run.
_BUILT = "samcli/lambda-python"
_SECONDS = 60


def missing_engine() -> str | None:
    """Why no container can run here, in a sentence; None if one can."""
    if not shutil.which("docker"):
        return "sam local needs Docker, and there is no `docker` on PATH."
    if ask("version", "--format", "{{.Server.Version}}").returncode:
        return "sam local needs a running Docker engine, and none answers `docker version`."
    return None


def missing() -> str | None:
    """As `missing_engine`, for whoever does not want to wait for a download."""
    if reason := missing_engine():
        return reason
    return None if has_image() else f"The image {IMAGE} is not on this machine: `docker pull {IMAGE}` brings it."


def has_image() -> bool:
    return ask("image", "inspect", IMAGE).returncode == 0


def pull() -> None:
    """Raises LocalFailure."""
    pulled = subprocess.run(["docker", "pull", "--quiet", IMAGE], capture_output=True, text=True, check=False)
    if pulled.returncode:
        raise LocalFailure(f"The image {IMAGE} cannot be pulled: {pulled.stderr.strip()}")


def containers_of(folder: Path) -> list[str]:
    """The containers into which something of the folder is mounted; `sam local` gives them no other mark."""
    listed = ask("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Mounts}}").stdout.splitlines()
    return [identity for identity, _, mounts in (line.partition(" ") for line in listed) if f"{folder}/" in mounts]


@contextmanager
def clean(folder: Path) -> Iterator[None]:
    """No container that mounts the folder, and no image that is built meanwhile, is left when the block is."""
    before = built_images()
    try:
        yield
    finally:
        if left := containers_of(folder):
            ask("rm", "--force", "--volumes", *left)
        after = built_images()
        # One that was there under the same name has been replaced, and is nobody's any more.
        if made := [*(after.keys() - before.keys()), *(set(before.values()) - set(after.values()))]:
            ask("image", "rm", *made)


def built_images() -> dict[str, str]:
    """Name → id. They are removed by name: by its id an image that another is built on cannot be."""
    listed = ask("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}", "--filter", f"reference={_BUILT}")
    return dict(line.split(" ", 1) for line in listed.stdout.splitlines())


def ask(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *command], capture_output=True, text=True, check=False, timeout=_SECONDS)
