"""The environment of every child process: enough to work, and nothing by which a call could reach a real AWS account."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.failures import StartFailure

ROOT = Path(__file__).resolve().parent.parent
REGION: Final = "eu-west-3"
# MiniStack's root user. It opens nothing but an emulator on the loopback interface; functions get their own roles' sessions.
ACCESS_KEY = SECRET_KEY = "test"  # noqa: S105
# Every process we start carries this, grandchildren too, so that a sweep finds them even when their parent died first.
MARKER = "SORAMI_LOCAL_RUN"

# MiniStack hands its own environment on to the Lambda workers, so it gets a short list instead of the user's whole one.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")


def python_of(venv: str) -> Path:
    python = ROOT / venv / "bin" / "python"
    if not python.exists():
        raise StartFailure(f"The virtual environment {venv} is missing: `make setup` makes it.")
    return python


def _admin(endpoint_url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def bare(run_dir: Path) -> dict[str, str]:
    """For MiniStack (and so for the functions) and the example backend. Home and temporary files are the run's own folder."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {"HOME": str(run_dir), "TMPDIR": str(run_dir), MARKER: str(run_dir), "PYTHONUNBUFFERED": "1"}


def for_sam(run_dir: Path, endpoint_url: str, sam_home: Path, user: Mapping[str, str] | None = None) -> dict[str, str]:
    """The user's environment (pip's index, proxies and certificates are in there) without any AWS_ or SAM_ setting of theirs."""
    theirs = _of_user(run_dir, sam_home, user)
    return {name: value for name, value in theirs.items() if not name.startswith("AWS_")} | _admin(endpoint_url)


def for_sam_on_aws(run_dir: Path, region: str, sam_home: Path, user: Mapping[str, str] | None = None) -> dict[str, str]:
    """The same with the user's own account: their AWS_ settings and files are what they are."""
    return _of_user(run_dir, sam_home, user) | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def _of_user(run_dir: Path, sam_home: Path, user: Mapping[str, str] | None) -> dict[str, str]:
    inherited = os.environ if user is None else user
    kept = {name: value for name, value in inherited.items() if not name.startswith(("SAM_", "__SAM_"))}
    # `sam build` looks for python3.13 on PATH; .venv has exactly that version.
    kept["PATH"] = os.pathsep.join([str(python_of(".venv").parent), kept.get("PATH", os.defpath)])
    direct = ",".join(filter(None, [kept.get("NO_PROXY", kept.get("no_proxy", "")), "127.0.0.1,localhost"]))
    return kept | {
        "NO_PROXY": direct,
        "no_proxy": direct,
        "TMPDIR": str(run_dir),
        MARKER: str(run_dir),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",
        "__SAM_CLI_APP_DIR": str(sam_home),
    }
