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
from pipeline.run_folder.store import RunFolder
from tests.app.browser import MEASURED, PAGES, Server, faults, settled
from tests.pipeline.stored_runs import VERDICTS, standing, stored
from tests.tiny_run import TinyRun, write_tiny

pytestmark = [
    pytest.mark.browser, pytest.mark.slow,
    # Workers are detached on purpose: nobody waits for them.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]  # fmt: skip
LIVE = re.compile("Comparing")
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


def pages_of_one_person(runs: Path, server: Server, browser: Browser) -> dict[str, str]:
    """Name → address: home, a list of runs with two of them compared, a draft, a run at work, one that failed, a verdict."""
    for name in ("before", "after"):
        stored(runs, name, **VERDICTS["undecided" if name == "before" else "winner"])
    for state in ("running", "failed"):
        run = RunFolder((runs / f"{state}-00000000").resolve())
        run.path.mkdir(parents=True)
        (run.path / "experiment.yaml").write_text("name: begun\ntask: {kind: question_answering}\ndata: {examples: x.jsonl}\n")
        standing(run, state)
    page = browser.new_page()
    page.goto(f"{server.url}/new")
    settled(page)
    page.get_by_role("button", name="Paste a table").click()
    page.get_by_label("Rows with a line of names above").fill("question,answer\n" + "".join(f"Who is {i}?,a{i}@b.de\n" for i in range(40)))
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/new?draft=*", timeout=60_000)
    draft = page.url
    page.close()
    named = {"home": "", "runs": "runs?compare=before-12345678,after-12345678", "working": "progress?run=running-00000000",
             "failed": "progress?run=failed-00000000", "verdict": "verdict?run=after-12345678"}  # fmt: skip
    return {**{name: f"{server.url}/{address}" for name, address in named.items()}, "draft": draft}


def out_of_order(page: Page) -> list[int]:
    """Levels of the page's headings, where one skips a level; nothing where they go in order."""
    levels = page.get_by_role("main").locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
    return levels if any(one > before + 1 for before, one in zip([0, *levels], levels, strict=False)) else []


@pytest.mark.timeout(1200)
def test_pages_stand_at_three_widths_in_both_themes(runs: Path, server: Server, browser: Browser) -> None:
    """No serious fault, headings in order, nothing wider than the screen, nothing fetched from elsewhere."""
    addresses, asked = pages_of_one_person(runs, server, browser), list[str]()
    for theme in ("light", "dark"):
        for width in (390, 768, 1280):
            page = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}).new_page()  # type: ignore[arg-type]
            page.on("request", lambda request: asked.append(request.url))
            for name, address in addresses.items():
                page.goto(address)
                settled(page)
                where = (theme, width, name)
                assert (where, faults(page)) == (where, [])
                assert (where, out_of_order(page)) == (where, [])
                assert page.evaluate("document.documentElement.scrollWidth") <= width, where
            page.context.close()
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []


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
