"""MiniStack, the AWS emulator: one process on one loopback port, enforcing IAM, all its files in the run's folder."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local import http, ports
from local.environment import ACCESS_KEY, REGION, SECRET_KEY, bare, python_of
from local.processes import Child, child, wait_until


@contextmanager
def ministack(run_dir: Path, port: int, more_env: Mapping[str, str] | None = None) -> Iterator[Child]:
    """`more_env` reaches the functions too: MiniStack hands its environment on to them."""
    env = environment(run_dir, port) | dict(more_env or {})
    with child("MiniStack", [str(python_of(".venv-ministack")), "-m", "ministack"], env, run_dir / "ministack.log") as process:
        wait_until(lambda: http.answers(f"http://{ports.LOOPBACK}:{port}/_ministack/health"), [process], "MiniStack", 30)
        yield process


def environment(run_dir: Path, port: int) -> dict[str, str]:
    return bare(run_dir) | {
        "BIND_HOST": ports.LOOPBACK,
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "MINISTACK_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        # Both would open listeners beside the one port.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It keeps nothing on disk unless told to; if it ever does, then here.
        "STATE_DIR": str(run_dir / "state"),
        "S3_DATA_DIR": str(run_dir / "s3"),
        "DOCKER_HOST": f"unix://{run_dir}/no-docker.sock",  # it must not look through the user's containers
    }
