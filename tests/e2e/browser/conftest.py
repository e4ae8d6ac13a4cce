"""The page in a real browser, against the stack of the other journeys. Without a Chromium they are skipped, and say so."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from local.stack import Stack
from tests.support.states import Looks
from tests.support.studio import Studio

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
type OpenStudio = Callable[[], Studio]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Found on PATH: Playwright's own download is not needed."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium on PATH (looked for {', '.join(_NAMES)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_studio(chromium: Browser, stack: Stack) -> Iterator[OpenStudio]:
    """Opens the page as somebody who has never been there. Afterwards no page may have complained in its console."""
    opened: list[Studio] = []

    def open_one() -> Studio:
        opened.append(Studio.open(chromium, stack))
        return opened[-1]

    yield open_one
    complaints = [complaint for studio in opened for complaint in studio.complaints]
    for studio in opened:
        studio.context.close()
    assert complaints == []


@pytest.fixture
def studio(open_studio: OpenStudio) -> Studio:
    """Signed in as a user whom nobody else knows."""
    one = open_studio()
    one.sign_in()
    return one


@pytest.fixture
def looks() -> Looks:
    """Writes screenshots only where `make screenshots` says so."""
    folder = os.environ.get("SCREENSHOTS")
    return Looks(Path(folder) if folder else None)
