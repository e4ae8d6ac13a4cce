"""The example backend as a process of its own, out of this repository, with its own pins: started, asked, and told to end."""

import ast
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from ops.contract.evidence import Manner
from ops.contract.playing import Patience, Play
from ops.contract.stand_in import Record, StandIn, stand_in

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "examples/backend"
PYTHON = ROOT / ".venv-backend/bin/python"
PATIENCE = 60.0
SECRETS = {"WEBHOOK_SECRET": "the-secret", "BACKEND_API_KEY": "the-key"}

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="the example backend's own environment is missing: make unit makes it"
)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parent of a copy, laid out as the Dockerfile's COPY lines say."""
    home = tmp_path_factory.mktemp("app")
    for sources, target in copies():
        for source in sources:
            place = home / target / source.name if len(sources) > 1 or source.is_file() else home / target
            place.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, place)
    return home


def instructions(word: str) -> list[str]:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.removeprefix(word).strip() for line in text.splitlines() if line.startswith(f"{word} ")]


def copies() -> list[tuple[list[Path], str]]:
    """The sources and the target of each COPY. A source that is not there fails here."""
    found = []
    for line in instructions("COPY"):
        *patterns, target = shlex.split(line)
        sources = [path for pattern in patterns for path in sorted(FOLDER.glob(pattern))]
        assert sources, f"COPY {line} copies nothing"
        found.append((sources, target))
    return found


def environment(**more: str) -> dict[str, str]:
    """Nothing of ours: no PYTHONPATH, no settings of whoever runs the tests."""
    return {"PATH": os.environ["PATH"], "SECONDS_PER_JOB": "0", **SECRETS, **more}


@dataclass(frozen=True)
class Process:
    process: subprocess.Popen[str]
    url: str

    def status_of(self, job_id: str) -> int:
        return self._get(f"/api/images/status/{job_id}").status_code

    def health(self) -> requests.Response:
        return self._get("/health")

    def _get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", headers={"Authorization": "Bearer the-key"}, timeout=PATIENCE)

    def logged(self) -> list[dict[str, Any]]:
        """After its end."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        return [json.loads(line) for line in errors.splitlines()]


@contextmanager
def running(command: Sequence[str], home: Path, env: dict[str, str], url: str = "") -> Iterator[Process]:
    """Without `url`, the command prints it."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=home, env=env, stdout=pipe, stderr=pipe, text=True)
    try:
        assert process.stdout
        yield Process(process, url or process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()


@contextmanager
def backend(home: Path, **settings: str) -> Iterator[Process]:
    with running([str(PYTHON), "-m", "backend", "--port", "0"], home, environment(**settings)) as one:
        yield one


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def submit(listening: StandIn, one: Process, **changes: Any) -> tuple[Record, bool]:
    """A job for one image, and whether it was taken."""
    play = Play(one.url, SECRETS["BACKEND_API_KEY"], SECRETS["WEBHOOK_SECRET"], "un chat", Patience(), listening)
    record = listening.expect(play._job(Manner.FORGETS), Manner.TAKES)
    return record, play._submit(record.job, **changes).is_ok


def hold_files(listening: StandIn) -> Event:
    """Until it is set no file is stored, so that no job ends."""
    may_go_on, store = Event(), listening.store

    def store_then(path: str, headers: Mapping[str, str], content: bytes) -> int:
        may_go_on.wait(PATIENCE)
        return store(path, headers, content)

    listening.store = store_then  # type: ignore[method-assign]
    return may_go_on


def words(record: Record) -> list[str]:
    with record.news:
        return [report.word for report in record.reports]


# Its end


def test_what_is_begun_is_finished_and_what_waits_is_handed_back_and_nothing_is_lost(elsewhere: Path, tmp_path: Path) -> None:
    with stand_in() as listening, backend(elsewhere, WORKERS="1", SHUTDOWN_SECONDS="60") as first:
        may_go_on = hold_files(listening)
        (begun, _), (waiting, _) = submit(listening, first), submit(listening, first)
        until(lambda: "generating" in words(begun))
        first.process.send_signal(signal.SIGTERM)
        until(lambda: first.status_of(waiting.job.job_id) == 404)
        assert first.health().status_code == 503
        assert first.status_of(begun.job.job_id) == 200
        assert submit(listening, first)[1] is False
        may_go_on.set()
        assert first.process.wait(PATIENCE) == 0
        assert (words(begun)[-1], len(begun.files), words(waiting)) == ("completed", 1, [])
        lines = first.logged()
        assert {line["job_id"] for line in lines} == {begun.job.job_id, waiting.job.job_id}
        assert [line["job_id"] for line in lines if line["message"].startswith("job handed back")] == [waiting.job.job_id]
        with backend(elsewhere, TMPDIR=str(tmp_path)) as second:
            assert second.status_of(waiting.job.job_id) == 404  # on which reconcile submits it again
            play = Play(second.url, "the-key", "the-secret", "un chat", Patience(), listening)
            assert play._submit(waiting.job).is_ok
            until(lambda: "completed" in words(waiting))
    assert list(tmp_path.iterdir()) == []  # of the second, which is killed: it needed no folder, since the job had `uploads`


def test_out_of_time_a_job_is_handed_back_and_never_reported_as_failed(elsewhere: Path) -> None:
    with stand_in() as listening, backend(elsewhere, SECONDS_PER_JOB="600", SHUTDOWN_SECONDS="0") as one:
        record, _ = submit(listening, one)
        until(lambda: "initializing" in words(record))
        one.process.send_signal(signal.SIGINT)
        assert one.process.wait(PATIENCE) == 0
        assert [line["job_id"] for line in one.logged() if line["message"].startswith("job handed back")] == [record.job.job_id]
        assert not set(words(record)) & {"completed", "failed"}


def test_a_second_signal_ends_it_at_once(elsewhere: Path) -> None:
    with stand_in() as listening, backend(elsewhere, SECONDS_PER_JOB="600", SHUTDOWN_SECONDS="600") as one:
        record, _ = submit(listening, one)
        until(lambda: "initializing" in words(record))
        one.process.send_signal(signal.SIGTERM)
        until(lambda: one.health().status_code == 503)
        one.process.send_signal(signal.SIGINT)
        assert one.process.wait(PATIENCE) == 0


# Alone, elsewhere


def test_flask_runs_a_copy_that_sees_nothing_of_this_repository(elsewhere: Path, tmp_path: Path) -> None:
    """On Ctrl-C too it finishes what it has begun, and leaves no folder behind."""
    port = free_port()
    command = [str(PYTHON), "-m", "flask", "--app", "backend.app", "run", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    env = environment(TMPDIR=str(tmp_path), SECONDS_PER_JOB="0.5", SHUTDOWN_SECONDS="60")
    with stand_in() as listening, running(command, elsewhere, env, url) as one:
        until(lambda: answers(url))
        record, taken = submit(listening, one)
        until(lambda: "completed" in words(record))
        assert (taken, len(record.files)) == (True, 1)
        last, _ = submit(listening, one, uploads=[])
        until(lambda: "initializing" in words(last))
        one.process.send_signal(signal.SIGINT)
        assert one.process.wait(PATIENCE) == 0
        assert words(last)[-1] == "completed"
    assert list(tmp_path.glob("example-backend-*")) == []


# What a pin brings along and its own documentation says to import.
COMES_WITH = {"werkzeug": "flask", "urllib3": "requests", "google": "google-genai", "PIL": "pillow"}


def test_no_module_imports_anything_but_itself_and_what_is_pinned() -> None:
    wanted = set((FOLDER / "requirements.in").read_text(encoding="utf-8").split())
    for source in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            tops = {module.partition(".")[0] for module in modules} - set(sys.stdlib_module_names)
            assert {COMES_WITH.get(top, top) for top in tops} <= wanted, source


# The container, as far as it can be tried without an engine


def test_the_container_starts_answers_and_is_found_healthy_and_ill(elsewhere: Path) -> None:
    port = str(free_port())
    [command], [health] = [
        [json.loads(re.sub(r"^.*?(?=\[)", "", line, count=1)) for line in instructions(word)] for word in ("CMD", "HEALTHCHECK")
    ]
    assert command[:3] == ["python", "-m", "backend"]
    placed = [part.replace("0.0.0.0", "127.0.0.1").replace("8080", port) for part in command[1:]]  # noqa: S104
    asked = [part.replace("8080", port) for part in health[1:]]
    with running([str(PYTHON), *placed], elsewhere, environment()) as one:
        assert one.url == f"http://127.0.0.1:{port}"
        features = one.health().json()["features"]
        assert features["generator"] == "sorami-demo"
        assert subprocess.run([PYTHON, *asked], check=False).returncode == 0
    assert subprocess.run([PYTHON, *asked], check=False, stderr=subprocess.DEVNULL).returncode != 0


def test_the_container_runs_as_nobody_from_hashed_pins() -> None:
    [user] = instructions("USER")
    assert user.split(":")[0] not in {"0", "root"}
    assert any("--require-hashes" in line and "requirements.txt" in line for line in instructions("RUN"))
    assert instructions("FROM") == ["python:3.13-slim"]
    pins = (FOLDER / "requirements.txt").read_text(encoding="utf-8")
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", pins))


def test_an_open_port_wants_a_key(elsewhere: Path) -> None:
    env = environment() | {"BACKEND_API_KEY": ""}
    command = [str(PYTHON), "-m", "backend", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104  # it does not come to that
    ended = subprocess.run(command, cwd=elsewhere, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, "BACKEND_API_KEY is missing" in ended.stderr) == (2, True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health", timeout=1).ok
    except requests.RequestException:
        return False
