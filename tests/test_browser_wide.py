"""The app in full: the dark theme, a narrow screen, a server that comes back, a worker that dies. `make test-browser`."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Server, chromium, serving
from conftest import TinyRun, write_tiny
from playwright.sync_api import Browser, Page, expect

from pipeline import jobs

pytestmark = [
    pytest.mark.browser, pytest.mark.slow,
    # Workers are detached on purpose: nobody waits for them.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]  # fmt: skip
PAGES = ("", "new", "run", "verdict", "arms", "rows", "play", "judge", "export")
NARROW = {"width": 360, "height": 740}


def settled(page: Page) -> None:
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=60_000)
    page.wait_for_timeout(800)
    assert page.locator("[data-testid=stException]").count() == 0


def test_no_page_has_a_serious_fault_in_the_dark(tiny_run: TinyRun) -> None:
    with serving(tiny_run.runs) as server, chromium() as browser:
        page = browser.new_context(color_scheme="dark").new_page()
        for name in PAGES:
            page.goto(f"{server.url}/{name}?run={tiny_run.run.id}")
            settled(page)
            background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
            assert background == "rgb(18, 22, 27)", "the dark theme is on"
            found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
            assert [(name, v["id"], v["nodes"][0]["html"][:200]) for v in found] == []


def test_no_page_is_wider_than_a_telephone(tiny_run: TinyRun) -> None:
    with serving(tiny_run.runs) as server, chromium() as browser:
        page = browser.new_page(viewport=NARROW)  # type: ignore[arg-type]
        for name in PAGES:
            page.goto(f"{server.url}/{name}?run={tiny_run.run.id}")
            settled(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], name


def watching(browser: Browser, server: Server, run: str) -> Page:
    page = browser.new_page()
    page.goto(f"{server.url}/run?run={run}")
    settled(page)
    return page


def test_a_server_that_comes_back_finds_the_same_worker(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    run = jobs.start(write_tiny(tmp_path), runs)
    with serving(runs) as server, chromium() as browser:
        page = watching(browser, server, run)
        pid = jobs.state(runs, run).pid
        server.stop()
        server.start()
        began = time.monotonic()
        expect(page.get_by_text("Connection error")).to_have_count(0, timeout=20_000)
        settled(page)
        assert time.monotonic() - began < 20
        assert jobs.state(runs, run).pid == pid
        assert jobs.state(runs, run).state == "running"
        jobs.cancel(runs, run)


def test_a_killed_worker_is_named_and_can_be_resumed(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    run = jobs.start(write_tiny(tmp_path), runs)
    with serving(runs) as server, chromium() as browser:
        page = watching(browser, server, run)
        deadline = time.monotonic() + 60
        while (pid := jobs.state(runs, run).pid) is None and time.monotonic() < deadline:
            time.sleep(0.2)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        expect(page.get_by_role("button", name="Resume")).to_be_visible(timeout=35_000)
        assert jobs.state(runs, run).state in ("stalled", "failed")
