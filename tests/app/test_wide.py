"""The app in full: the dark theme, a narrow screen, a server that comes back, a worker that dies. `make test-browser`."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline import jobs
from tests.app.browser import MEASURED, PAGES, Server, faults, settled
from tests.tiny_run import TinyRun, write_tiny

pytestmark = [
    pytest.mark.browser, pytest.mark.slow,
    # Workers are detached on purpose: nobody waits for them.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]  # fmt: skip
LIVE = re.compile("Training|Asking|Auditing|Reading|Building|Retrieving|Scoring|Deciding|Writing")
"""What a working run's heading begins with."""
NARROW = {"width": 360, "height": 740}


def test_no_page_has_a_serious_fault_in_the_dark(tiny_run: TinyRun, tiny_server: Server, browser: Browser) -> None:
    page = browser.new_context(color_scheme="dark").new_page()
    for name in PAGES:
        page.goto(f"{tiny_server.url}/{name}?run={tiny_run.run.id}")
        settled(page)
        background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        assert background == "rgb(18, 22, 27)", "the dark theme is on"
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert (name, faults(page)) == (name, [])


def test_no_page_is_wider_than_a_telephone(tiny_run: TinyRun, tiny_server: Server, browser: Browser) -> None:
    page = browser.new_page(viewport=NARROW)  # type: ignore[arg-type]
    for name in PAGES:
        page.goto(f"{tiny_server.url}/{name}?run={tiny_run.run.id}")
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], name


def watching(browser: Browser, server: Server, run: str) -> Page:
    page = browser.new_page()
    page.goto(f"{server.url}/progress?run={run}")
    settled(page)
    return page


def test_a_server_that_comes_back_finds_the_same_worker(tmp_path: Path, runs: Path, server: Server, browser: Browser) -> None:
    run = jobs.start(write_tiny(tmp_path), runs)
    page = watching(browser, server, run)
    pid = jobs.state(runs, run).pid
    server.stop()
    server.start()
    began = time.monotonic()
    log = page.locator("[data-testid=stApp]")
    expect(log).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=10_000)
    settled(page)
    MEASURED.info("the same tab goes on %.1f s after the server", time.monotonic() - began)
    assert time.monotonic() - began < 10
    assert jobs.state(runs, run).pid == pid
    assert jobs.state(runs, run).state == "running"
    jobs.cancel(runs, run)


def test_a_killed_worker_is_named_and_can_be_resumed(tmp_path: Path, runs: Path, server: Server, browser: Browser) -> None:
    run = jobs.start(write_tiny(tmp_path), runs)
    page = watching(browser, server, run)
    deadline = time.monotonic() + 60
    while (pid := jobs.state(runs, run).pid) is None and time.monotonic() < deadline:
        time.sleep(0.2)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    expect(page.get_by_role("button", name="Resume")).to_be_visible(timeout=35_000)
    MEASURED.info("a killed worker is named after %.1f s", time.monotonic() - began)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Failed|Stalled"))
    expect(page.get_by_text("The worker process ended without a message")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text(re.compile("failed|stalled"))).to_be_visible()
    assert jobs.state(runs, run).state in ("stalled", "failed")


def test_a_closed_tab_that_is_opened_again_shows_the_live_step(tmp_path: Path, runs: Path, server: Server, browser: Browser) -> None:
    run = jobs.start(write_tiny(tmp_path), runs)
    watching(browser, server, run).close()
    deadline = time.monotonic() + 120
    while not jobs.state(runs, run).stage and time.monotonic() < deadline:
        time.sleep(0.2)
    page, began = browser.new_page(), time.monotonic()
    page.goto(f"{server.url}/progress?run={run}")
    expect(page.get_by_role("heading", level=1)).to_have_text(LIVE)
    took = time.monotonic() - began
    MEASURED.info("a reopened address shows the live step after %.1f s", took)
    assert took < 3
    assert jobs.state(runs, run).state == "running"
    jobs.cancel(runs, run)
