"""A real server and a real Chromium for the browser tests."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.app.install_browser import installed
from tests.tiny_run import ROOT

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
MEASURED = logging.getLogger("measured")
"""Times and sizes as they came out: `pytest --log-cli-level=info` shows them."""
PAGES = ("", "new", "runs", "progress", "verdict", "candidates", "answers", "try", "judge", "report", "questions")
RESTS = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid=stSkeleton]')"""


def settled(page: Page) -> None:
    """Wait for the page to have drawn its heading and to rest; nothing may have gone wrong on it."""
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=60_000)
    page.wait_for_function(RESTS, timeout=60_000)
    page.wait_for_timeout(300)
    assert page.locator("[data-testid=stException]").count() == 0


def faults(page: Page) -> list[tuple[str, str]]:
    """axe's serious and critical findings: rule, and the first element. Looked for once more, since what is being drawn just then may be
    half there; what is wrong stays so."""
    found = _serious(page)
    if not found:
        return []
    page.wait_for_timeout(1000)
    again = _serious(page)
    return [one for one in found if one in again]


def _serious(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]


def executable() -> str:
    """The browser's path; without one the test is named as not run, and with `CI=true` it fails."""
    found = installed()
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium or Chrome on this machine; run tests/app/install_browser.py")
    if found is None:
        pytest.skip("no Chromium or Chrome on this machine: this browser test did not run")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Server:
    """A Streamlit server over a folder of runs; it can be stopped and started again on the same port."""

    runs: Path
    port: int
    script: Path = ROOT / "streamlit_app.py"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", str(self.script), "--server.port", str(self.port)]
        settings = {**os.environ, "BAKEOFF_RUNS": str(self.runs), "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        pytest.fail("the server did not start within 60 s")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


@contextmanager
def serving(runs: Path, script: Path = ROOT / "streamlit_app.py") -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(runs, port, script)
    server.start()
    try:
        yield server
    finally:
        server.stop()
