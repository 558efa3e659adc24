"""What the browser tests share: a server over a folder of runs, and a browser with a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.app.browser import Server, chromium, serving
from tests.tiny_run import TinyRun


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """The folder of runs that `server` shows."""
    return tmp_path / "runs"


@pytest.fixture
def server(runs: Path) -> Iterator[Server]:
    """The app over `runs`."""
    with serving(runs) as running:
        yield running


@pytest.fixture
def tiny_server(tiny_run: TinyRun) -> Iterator[Server]:
    """The app over the one finished run `tiny_run`."""
    with serving(tiny_run.runs) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A Chromium; where there is none, the test is named as not run."""
    with chromium() as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page()
