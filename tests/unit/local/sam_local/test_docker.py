from collections.abc import Callable
from pathlib import Path

import pytest

from local.failures import LocalFailure
from local.sam_local import docker

type Install = Callable[[str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes `docker` this shell script, which may ask for its whole command line as `$*`; returns the list of its calls."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(script: str) -> Path:
        calls, program = tmp_path / "calls", tmp_path / "docker"
        program.write_text(f'#!/bin/sh\necho "$*" >> {calls}\n{script}\n')
        program.chmod(0o755)
        return calls

    return write


def test_without_docker_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert docker.missing_engine() == docker.missing() == "sam local needs Docker, and there is no `docker` on PATH."


def test_without_an_engine_behind_it_it_says_so(install: Install) -> None:
    install("exit 1")
    assert docker.missing() == "sam local needs a running Docker engine, and none answers `docker version`."


def test_without_the_image_it_says_how_to_get_it(install: Install) -> None:
    install('[ "$1" = version ]')
    assert docker.missing_engine() is None
    assert docker.missing() == f"The image {docker.IMAGE} is not on this machine: `docker pull {docker.IMAGE}` brings it."


def test_with_engine_and_image_nothing_is_missing(install: Install) -> None:
    install("exit 0")
    assert docker.missing() is None


def test_an_image_that_cannot_be_pulled_is_a_sentence(install: Install) -> None:
    install("echo 'no such host' >&2; exit 1")
    with pytest.raises(LocalFailure, match=r"python:3.13-\w+ cannot be pulled: no such host"):
        docker.pull()


def test_a_run_removes_its_own_containers_and_the_images_that_it_built(install: Install, tmp_path: Path) -> None:
    """Of two that `docker ps` shows, one mounts the run's folder; an image was there before, one was built anew, one is new."""
    run, state = tmp_path / "run", tmp_path / "state"
    calls = install(
        f"""case "$*" in
  "ps "*) echo "c1 {run}/build/QueryFunction"; echo "c2 {run}-of-another/build/QueryFunction,/etc" ;;
  "images "*) echo "samcli/lambda-python:kept sha256:1"
    if [ -e {state} ]; then echo "samcli/lambda-python:again sha256:3"; echo "samcli/lambda-python:new sha256:4"
    else echo "samcli/lambda-python:again sha256:2"; fi ;;
esac"""
    )
    with docker.clean(run):
        state.touch()
    removals = [call for call in calls.read_text().splitlines() if "rm" in call.split()]
    assert removals == ["rm --force --volumes c1", "image rm samcli/lambda-python:new sha256:2"]


def test_a_run_that_left_nothing_removes_nothing(install: Install, tmp_path: Path) -> None:
    calls = install("exit 0")
    with docker.clean(tmp_path):
        pass
    assert [call for call in calls.read_text().splitlines() if "rm" in call.split()] == []
