"""`sam local` on a copy of what `sam build` made: its HTTP API, its Lambda API, and single invocations."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import UNSIGNED
from botocore.config import Config

from local import http
from local.aws import admin_session
from local.environment import for_sam, for_sam_on_aws, python_of
from local.failures import LocalFailure
from local.folders import locked, state_folder
from local.ports import LOOPBACK, reserved_port
from local.processes import Child, child, wait_until
from local.record import STATE
from local.sam import ARCH, Sam
from local.sam_local import docker, variables
from local.sam_local.relay import reachable_from_containers
from ops.stack import Place

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

WEBHOOK_PATH = "/api/webhooks/image-completion"
# A first call builds an image of the layers and starts a container; one more try would only be a second call.
_ONE_CALL = Config(signature_version=UNSIGNED, proxies={}, connect_timeout=5, read_timeout=300, retries={"total_max_attempts": 1})
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0  # each of its containers gets three
_NO_AWS = "http://127.0.0.1:9"  # a build calls none
Step = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Ports:
    """0 is any free one."""

    api: int = 0
    functions: int = 0


@dataclass(frozen=True)
class SamLocal:
    """`folder` is one run's own: the built template, the variables, logs. `env` is what `sam` runs under."""

    folder: Path
    env: Mapping[str, str]

    @property
    def template(self) -> Path:
        return self.folder / "build/template.yaml"

    def command(self, verb: str, *more: str) -> list[str]:
        return [
            *(str(python_of(".venv-sam").with_name("sam")), "local", verb),
            *("--template-file", str(self.template), "--config-file", str(self.folder / "samconfig.toml")),
            *("--env-vars", str(self.folder / "variables.json"), "--parameter-overrides", f"Arch={ARCH}"),
            *("--region", self.env["AWS_REGION"], "--skip-pull-image", "--layer-cache-basedir", str(self.folder / "layers")),
            *more,
        ]

    def invoke(self, function: str, event: Path) -> subprocess.CompletedProcess[str]:
        """`sam local invoke`: the function's answer is its standard output, what it logged its standard error."""
        command = self.command("invoke", function, "--event", str(event))
        return subprocess.run(
            command, cwd=self.folder, env=dict(self.env), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    def serve(self, verb: str, port: int) -> AbstractContextManager[Child]:
        """`start-api` or `start-lambda`. A container stays for a function's next call, as a worker does in Lambda."""
        command = self.command(verb, "--host", LOOPBACK, "--port", str(port), "--warm-containers", "LAZY", "--no-watch")
        return child(f"sam local {verb}", command, self.env, self.folder / f"{verb}.log", _STOP_SECONDS)


@dataclass(frozen=True)
class Serving:
    """`api_url` answers as the HTTP API does, without its authorizer; `lambda_url` takes whole events."""

    sam: SamLocal
    api_url: str
    lambda_url: str
    children: tuple[Child, ...]

    def client(self) -> "LambdaClient":
        """boto3's, for `sam local start-lambda`: functions are called by their logical ids."""
        return admin_session().client("lambda", endpoint_url=self.lambda_url, config=_ONE_CALL)

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        """What the function answers. Raises LocalFailure where it failed."""
        answer = self.client().invoke(FunctionName=function, Payload=json.dumps(event))
        content = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise LocalFailure(f"{function} failed: {content}")
        return json.loads(content)


@contextmanager
def serving(place: Place, state: Path, asked: Ports = Ports(), step: Step = lambda _: nullcontext()) -> Iterator[Serving]:
    """Both APIs on 127.0.0.1, for functions with the stack's own settings, until the block is left.

    Raises LocalFailure, or botocore's errors where the stack cannot be asked.
    """
    if reason := docker.missing_engine():
        raise LocalFailure(reason)
    physical = place.resources  # a stack that is not there is said before anything is built
    with state_folder(state.resolve()) as folder, docker.clean(folder), ExitStack() as ends:
        api_port, lambda_port = (ends.enter_context(reserved_port(port)) for port in (asked.api, asked.functions))
        if not docker.has_image():
            with step(f"Pulling {docker.IMAGE}"):
                docker.pull()
        sam = SamLocal(folder, _environment(place, folder))
        with step("Building the functions (sam build)"):
            _build(folder)
        _tell(sam, place, physical, api_port, ends)
        with step("Starting sam local start-api and start-lambda"):
            api = ends.enter_context(sam.serve("start-api", api_port))
            functions = ends.enter_context(sam.serve("start-lambda", lambda_port))
            found = Serving(sam, _url(api_port), _url(lambda_port), (api, functions))
            for one, url in ((api, found.api_url), (functions, found.lambda_url)):
                wait_until(partial(_answers, url), found.children, one.name, _START_SECONDS)
        yield found


def _answers(url: str) -> bool:
    """Whatever it says: no route is asked, since that would start a container."""
    return http.status(url) != 0


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _environment(place: Place, folder: Path) -> dict[str, str]:
    """Beside the local stack nothing of anybody's AWS account; for a deployed one the credentials of whoever runs this."""
    home = folder / "sam-home"
    if place.local:
        return for_sam(folder, place.local.facts.aws_endpoint_url, home)
    return for_sam_on_aws(folder, place.client("lambda").meta.region_name, home)


def _build(folder: Path) -> None:
    """With the checkout's cache, and a copy of the outcome: what runs does not change when somebody builds again."""
    sam = Sam(_NO_AWS, folder, STATE / "build")
    sam.cache_dir.mkdir(parents=True, exist_ok=True)
    with locked(sam.cache_dir, wait=True):
        sam.build()
        shutil.copytree(sam.cache_dir / ".aws-sam/build", folder / "build", symlinks=True)


def _tell(sam: SamLocal, place: Place, physical: Mapping[str, str], api_port: int, ends: ExitStack) -> None:
    """Writes what the containers are told. Backends report to us beside the local stack, and to the deployed one's own webhook
    otherwise, since they cannot reach this machine."""

    @cache
    def reach(url: str) -> str:
        return ends.enter_context(reachable_from_containers(url))

    functions = variables.functions_in(sam.template)
    deployed = variables.deployed_variables(place.client("lambda"), physical, functions)
    more = {"AWS_ENDPOINT_URL": place.local.facts.aws_endpoint_url} if place.local else {}
    webhook_url = f"{_url(api_port)}{WEBHOOK_PATH}" if place.local else place.webhook_url
    told = variables.for_containers(deployed, more, webhook_url, reach)
    variables.declare(sam.template, told)
    (sam.folder / "variables.json").write_text(json.dumps(told, indent=2), encoding="utf-8")
