"""A network that fails to order: microburst, a proxy between boto3 and an engine, that knows DynamoDB's calls and errors.

Clients are given it as a proxy and never as an endpoint, so that they sign for the engine's own host.
"""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local import http
from local.environment import ROOT, bare
from local.ports import LOOPBACK, reserved_port
from local.processes import child, wait_until

type Fault = dict[str, Any]

# Faults before the engine is asked …
THROTTLED: Final[Fault] = {"error": {"code": "ProvisionedThroughputExceededException", "status": 400}}
BROKEN: Final[Fault] = {"error": {"code": "InternalServerError", "status": 500}}
RESET: Final[Fault] = {"reset": True}
# … and one after it has done what it was asked.
LOST: Final[Fault] = {"response": {"abort_bytes": 0}}

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PYTHON = ROOT / ".venv-microburst" / "bin" / "python"


@dataclass(frozen=True)
class BadNetwork:
    url: str

    def fail(self, operation: str, fault: Fault, times: int | None = None) -> None:
        """From now on the first `times` calls of the operation (None: all) meet the fault; what was ordered before is void."""
        rule = {"service": "dynamodb", "operation": operation, **fault, **({} if times is None else {"times": times})}
        self._control("POST", "rules", [rule])
        self._control("DELETE", "fired")

    def heal(self) -> None:
        self._control("POST", "rules", [])

    @property
    def failed(self) -> int:
        """How many calls have met the fault since it was ordered."""
        return len(self._control("GET", "fired?limit=1000"))

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_microburst/{path}", content, method=method)  # noqa: S310
        with _direct.open(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def bad_network(run_dir: Path, upstream: str) -> Iterator[BadNetwork]:
    with reserved_port() as port:
        command = [
            str(_PYTHON),
            "-m",
            "microburst",
            "--host",
            LOOPBACK,
            "--port",
            str(port),
            "--upstream",
            upstream,
            "--no-resign",
        ]
        network = BadNetwork(f"http://{LOOPBACK}:{port}")
        with child("microburst", command, bare(run_dir), run_dir / "microburst.log") as process:
            wait_until(lambda: http.answers(f"{network.url}/_microburst/health"), [process], "microburst", 30)
            yield network
