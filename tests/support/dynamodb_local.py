"""AWS's DynamoDB Local. It listens on every interface and has no option against that, so it runs in a network of its own."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import http
from local.dynamodb_local import FOLDER
from local.environment import ROOT, bare
from local.ports import LOOPBACK
from local.processes import Child, wait_until

_JAVA_NEEDED = 17
_PORT_INSIDE = 8000


def why_not() -> str | None:
    """Why DynamoDB Local cannot run here, or None."""
    if not (FOLDER / ".ready").exists():
        return "DynamoDB Local is not here: `make properties` fetches it, if npm is there"
    java = shutil.which("java")
    if java is None:
        return "DynamoDB Local needs Java, which is missing"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < _JAVA_NEEDED:
        return f"DynamoDB Local needs Java {_JAVA_NEEDED}, and this is {said.splitlines()[0] if said else 'none'}"
    return _why_no_network()


def _why_no_network() -> str | None:
    probe = "from tests.support.own_network import leave_for_a_network_of_its_own as leave; leave()"
    tried = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return None
    reason = tried.stderr.strip().splitlines()[-1]
    return f"DynamoDB Local would listen on every interface, and no network of its own can be made for it here ({reason})"


@contextmanager
def dynamodb_local(run_dir: Path) -> Iterator[str]:
    """Yields its URL."""
    with socket.create_server((LOOPBACK, 0), backlog=128) as listener:
        url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        log = run_dir / "dynamodb-local.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.own_network", str(listener.fileno()), str(_PORT_INSIDE), *_command()],
                cwd=run_dir,  # it writes an id of its installation there
                env=bare(run_dir) | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(listener.fileno(),),
                start_new_session=True,
            )
    try:
        # A GET without a signature is refused by a server that is up.
        wait_until(lambda: http.status(url) != 0, [Child("DynamoDB Local", process, log)], "DynamoDB Local", 60)
        yield url
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


def _command() -> list[str]:
    libraries = FOLDER / "DynamoDBLocal_lib"
    jar = FOLDER / "DynamoDBLocal.jar"
    return [
        "java",
        # It lives for a minute or two: compiling well and collecting in parallel would cost more than they give.
        *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
        f"-Djava.library.path={libraries}",
        "-jar",
        str(jar),
        *("-port", str(_PORT_INSIDE), "-inMemory", "-disableTelemetry"),
    ]
