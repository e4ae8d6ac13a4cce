"""The order in which a local stack starts, and the certainty that all of it ends."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from local import http
from local.aws import Clients
from local.cloud import Deployed, finish_deploy
from local.environment import REGION, ROOT, bare, python_of
from local.failures import SamFailed
from local.folders import locked, state_folder
from local.issuer import AUDIENCE, claims_for, issuer, mint, new_key, store_key
from local.ministack import ministack
from local.page import PATH, PageConfig
from local.page import application as page_application
from local.ports import LOOPBACK, reserved_port
from local.processes import Child, child, wait_until
from local.record import STATE, Stack, save, write_private
from local.sam import ARCH, STACK_NAME, Sam
from local.serving import answering, listening, origin
from local.warmth import warm_up

PAGE_ORIGINS = "http://localhost:3000,http://127.0.0.1:3000"
# People at a laptop don't wait a quarter of an hour to see what becomes of a silent job.
_IMPATIENCE = {"FirstLookSeconds": "10", "SilenceSeconds": "120", "JobDeadlineSeconds": "120", "LongestJobSeconds": "600"}
Step = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Options:
    """`backend_url` is that of a backend which runs already: the example backend is not started then. `parameters` are the
    template's and win over ours; `backend_env` is the example backend's (SECONDS_PER_JOB, …), `engine_env` is MiniStack's, which
    hands it on to the functions."""

    port: int = 0
    locale: str = "fr"
    backend_url: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    backend_env: Mapping[str, str] = field(default_factory=dict)
    engine_env: Mapping[str, str] = field(default_factory=dict)
    template: Path = ROOT / "template.yaml"
    step: Step = lambda _: nullcontext()


@dataclass(frozen=True)
class Launch:
    """`backend` is the example backend, or None where somebody brought their own."""

    stack: Stack
    engine: Child
    backend: Child | None

    @property
    def children(self) -> tuple[Child, ...]:
        return (self.engine, self.backend) if self.backend else (self.engine,)


def origins_of(options: Options, page_origin: str) -> str:
    """AllowedOrigins: who else may call can be asked for, our own page always may."""
    asked = options.parameters.get("AllowedOrigins", PAGE_ORIGINS)
    return asked if asked == "*" else f"{asked},{page_origin}"


@contextmanager
def launched(state: Path, options: Options) -> Iterator[Launch]:
    """All children end and the run's files go when the block is left, however it is left. Raises StartFailure."""
    state = state.resolve()
    facts = state / "stack.json"
    with state_folder(state) as run_dir, ExitStack() as ends:
        facts.unlink(missing_ok=True)  # of a run that was killed outright
        ends.callback(facts.unlink, missing_ok=True)
        port = ends.enter_context(reserved_port(options.port))
        yield _Launcher(ends, state, run_dir, options, port).start()


@dataclass(frozen=True)
class _Launcher:
    ends: ExitStack
    state: Path
    run_dir: Path
    options: Options
    port: int

    def start(self) -> Launch:
        step = self.options.step
        page = self.ends.enter_context(listening())
        with step("Starting MiniStack and the token issuer"):
            key, key_file = new_key(), self.run_dir / "issuer-key.pem"
            store_key(key, key_file)
            issuer_url = self.ends.enter_context(issuer(key))
            engine = self.ends.enter_context(ministack(self.run_dir, self.port, self.options.engine_env))
        backend_url = self.options.backend_url or f"http://{LOOPBACK}:{self.ends.enter_context(reserved_port())}"
        clients = Clients(f"http://{LOOPBACK}:{self.port}")
        self._build_and_deploy(clients, {"JwtIssuer": issuer_url, "BackendUrl": backend_url}, origin(page))
        with step("Importing the API's routes, completing the secret"):
            deployed = finish_deploy(clients)
        secret_file = self.run_dir / "webhook-secret"
        write_private(secret_file, deployed.webhook_secret)
        backend = None if self.options.backend_url else self._backend(backend_url, deployed, secret_file)
        addresses = {"page_url": f"{origin(page)}{PATH}", "backend_url": backend_url, "issuer": issuer_url}
        stack = _facts(clients, deployed, addresses, key_file=key_file, secret_file=secret_file)
        launch = Launch(stack, engine, backend)
        with step("Warming up the functions"):
            warm_up(clients, deployed, mint(key, claims_for(issuer_url, "warm-up")))
            wait_until(lambda: http.answers(f"{deployed.api_url}/health", 15), launch.children, "GET /health of the API", 30)
        self.ends.enter_context(answering(page, page_application(_page_config(stack, self.options.locale))))
        save(stack, self.state)
        return launch

    def _build_and_deploy(self, clients: Clients, addresses: Mapping[str, str], page_origin: str) -> None:
        ours = {"Environment": "local", "Arch": ARCH, "Locale": self.options.locale, "LogLevel": "DEBUG"}
        ours |= _IMPATIENCE
        ours |= {"EmulatorHost": f"{LOOPBACK}:{self.port}"}
        ours |= {
            "JwtAudience": AUDIENCE,
            **addresses,
            **self.options.parameters,
            "AllowedOrigins": origins_of(self.options, page_origin),
        }
        # The cache is the checkout's, not the state folder's, so that tests build as little as `make run` does.
        sam = Sam(clients.endpoint_url, self.run_dir, STATE / "build", self.options.template)
        sam.cache_dir.mkdir(parents=True, exist_ok=True)
        report = self.state / "last-failure.log"
        report.unlink(missing_ok=True)
        try:
            # From build to deploy nobody else may rebuild: the deploy uploads from the cache.
            with locked(sam.cache_dir, wait=True):
                with self.options.step("Building the functions (sam build)"):
                    sam.build()
                with self.options.step("Deploying the template (sam deploy)"):
                    sam.deploy(clients, ours)
        except SamFailed as failure:
            report.write_text(failure.output)
            raise SamFailed(f"{str(failure).rstrip('.')}. The whole output is in {report}.", failure.output) from None

    def _backend(self, url: str, deployed: Deployed, secret_file: Path) -> Child:
        env = bare(self.run_dir) | {
            "WEBHOOK_URL": deployed.webhook_url,
            "WEBHOOK_SECRET_FILE": str(secret_file),
            "BACKEND_API_KEY": deployed.backend_api_key,
            "LOCALE": self.options.locale,
            "SHUTDOWN_SECONDS": "0",  # the stack ends with it: nobody is left to hear of its jobs
            **self.options.backend_env,
        }
        port = url.rpartition(":")[2]
        command = [str(python_of(".venv")), "-m", "examples.backend", "--host", LOOPBACK, "--port", port]
        with self.options.step("Starting the example backend"):
            one = child("The example backend", command, env, self.run_dir / "backend.log")
            backend = self.ends.enter_context(one)
            wait_until(lambda: http.answers(f"{url}/health"), [backend], "The example backend", 20)
        return backend


def _facts(clients: Clients, deployed: Deployed, addresses: Mapping[str, str], *, key_file: Path, secret_file: Path) -> Stack:
    return Stack(
        api_url=deployed.api_url,
        websocket_url=deployed.websocket_url,
        **addresses,
        webhook_url=deployed.webhook_url,
        webhook_secret=deployed.webhook_secret,
        backend_api_key=deployed.backend_api_key,
        audience=AUDIENCE,
        aws_endpoint_url=clients.endpoint_url,
        aws_region=REGION,
        stack_name=STACK_NAME,
        jobs_table=deployed.resources["JobsTable"],
        notifications_table=deployed.resources["NotificationsTable"],
        images_bucket=deployed.resources["ImagesBucket"],
        functions=deployed.functions,
        resources=deployed.resources,
        signing_key=str(key_file),
        webhook_secret_file=str(secret_file),
        pid=os.getpid(),
    )


def _page_config(stack: Stack, locale: str) -> PageConfig:
    """Until ingest has copied a file, its URL is the backend's."""
    hosts = (stack.websocket_url, stack.aws_endpoint_url, stack.backend_url)
    return PageConfig(stack.api_url, f"{stack.issuer}/token", locale, tuple(filter(None, hosts)))
