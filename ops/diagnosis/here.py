"""What can be wrong on this machine: the versions of what deploys and of what asks."""

import importlib.metadata
import platform
import re
import shutil
import sys
from pathlib import Path

from local.environment import ROOT
from ops.diagnosis.finding import Finding, failing, fine, warning
from ops.stack import Place

_PYTHON = (3, 13)
_SETUP = "make setup"


def check_python(_place: Place) -> Finding:
    found = platform.python_version()
    if sys.version_info[:2] != _PYTHON:
        return failing(f"Python {found}; the functions run on 3.13.", f"{_SETUP} with python3.13 on PATH, then .venv/bin/sorami")
    return fine(f"Python {found}")


def check_boto3(_place: Place) -> Finding:
    return _compared("boto3", importlib.metadata.version("boto3"), ROOT / "layers/common/requirements.txt")


def check_sam(_place: Place) -> Finding:
    """As `make setup` installs it, in an environment of its own; another one on PATH deploys as well."""
    site = next(iter(sorted((ROOT / ".venv-sam/lib").glob("python*/site-packages"))), None)
    found = next(iter(importlib.metadata.distributions(name="aws-sam-cli", path=[str(site)])), None) if site else None
    if found:
        return _compared("aws-sam-cli", found.version, ROOT / "requirements/sam.txt")
    if elsewhere := shutil.which("sam"):
        return fine(f"{elsewhere}, not the one that {_SETUP} installs")
    return warning("There is no SAM CLI, which deploys.", _SETUP)


def _compared(name: str, found: str, pins: Path) -> Finding:
    """Without the pins at hand (not in a checkout) any version is taken."""
    text = pins.read_text(encoding="utf-8") if pins.exists() else ""
    pinned = re.search(rf"^{re.escape(name)}==(\S+)", text, re.MULTILINE)
    if pinned and pinned[1] != found:
        return warning(f"{name} {found}, where {pinned[1]} is pinned.", _SETUP)
    return fine(f"{name} {found}")
