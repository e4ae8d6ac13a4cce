from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import ministack
from local.launch import Options


def test_what_is_added_to_the_engines_environment_wins_and_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Mapping[str, str]] = []

    @contextmanager
    def note(_name: str, _command: Sequence[str], env: Mapping[str, str], _log: Path) -> Iterator[None]:
        started.append(env)
        yield

    monkeypatch.setattr(ministack, "child", note)
    monkeypatch.setattr(ministack, "python_of", lambda _venv: "python")
    monkeypatch.setattr(ministack, "wait_until", lambda *_arguments: None)
    for more in ({}, {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1", "AUTH": "false"}):
        with ministack.ministack(tmp_path, 4566, Options(engine_env=more).engine_env):
            pass
    usual, changed = started
    assert usual["AUTH"] == "true"
    assert changed == {**usual, "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1", "AUTH": "false"}
