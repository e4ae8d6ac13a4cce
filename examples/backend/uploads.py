"""Where finished files go: to the sender's presigned URLs, or to a folder of our own for senders that give none."""

from __future__ import annotations

import logging
import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit, urlunsplit

import requests

from .answers import read_small
from .orders import Order, Upload

_log = logging.getLogger(__name__)
_TRIES = 4
_STORED = range(200, 300)
_WORTH_RETRYING = frozenset({408, 429, *range(500, 600)})
_TIMEOUT = (3.05, 30)


class UploadFailed(Exception):
    """The file could not be stored, and trying again would not help."""


@dataclass(frozen=True)
class StoredFile:
    file_path: str
    url: str


def put_file(
    session: requests.Session, upload: Upload, content: bytes, *, pause: Callable[[float], None], job_id: str
) -> StoredFile:
    """PUTs with exactly the headers that were signed. Raises UploadFailed."""
    for attempt in range(1, _TRIES + 1):
        outcome, lasting = _try_put(session, upload, content)
        if outcome is None:
            return StoredFile(upload.key, _without_query(upload.url))
        _log.warning("upload refused", extra={"job_id": job_id, "attempt": attempt, "reason": outcome})
        if lasting or attempt == _TRIES:
            break
        pause(0.5 * 2**attempt)
    raise UploadFailed(outcome)


def _try_put(session: requests.Session, upload: Upload, content: bytes) -> tuple[str | None, bool]:
    """What went wrong (None: nothing), and whether it would go wrong again."""
    try:
        answer = session.put(
            upload.url, data=content, headers=dict(upload.headers), timeout=_TIMEOUT, allow_redirects=False, stream=True
        )
    except requests.RequestException as exc:
        return type(exc).__name__, isinstance(exc, requests.exceptions.InvalidHeader | requests.exceptions.InvalidURL)
    with answer:
        read_small(answer)  # so that its connection can be used again
        if answer.status_code in _STORED:
            return None, False
        return f"HTTP {answer.status_code}", answer.status_code not in _WORTH_RETRYING


def _without_query(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))


class LocalFiles:
    """A temporary folder, made for the first file and gone with the process; `/files/<job_id>/<name>` serves it.

    Not made before: a process that is killed outright leaves it behind, and most never need one.
    """

    def __init__(self) -> None:
        self.root: Path | None = None
        self._lock = Lock()
        # Now, not with the folder: at the interpreter's end the last to register is the first to run, and what finishes the jobs
        # that are begun comes later.
        self._ours: list[Path] = []
        weakref.finalize(self, _remove, self._ours)

    def keep(self, order: Order, name: str, content: bytes) -> StoredFile:
        folder = self._made() / order.job_id
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        return StoredFile(f"./generated_images/{name}", f"{order.base_url.rstrip('/')}/files/{order.job_id}/{name}")

    def forget(self, job_id: str) -> None:
        if self.root is not None:
            shutil.rmtree(self.root / job_id, ignore_errors=True)

    def _made(self) -> Path:
        with self._lock:
            if self.root is None:
                self.root = Path(tempfile.mkdtemp(prefix="example-backend-"))
                self._ours.append(self.root)
            return self.root


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
