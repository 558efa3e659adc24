"""The app in a real headless Chromium: start a tiny run, reload the page while it runs, read its verdict at the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import chromium, serving
from conftest import ROOT, TinyRun
from playwright.sync_api import Page, expect

from pipeline import jobs
from pipeline.store import all_runs

pytestmark = pytest.mark.browser
HANDBOOK = ROOT / "pipeline/samples/facts/documents"


def examples(path: Path) -> Path:
    """A CSV of a few questions, as an analyst would upload it."""
    source = ROOT / "pipeline/samples/facts/questions.jsonl"
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    taken = [row for side in ("train", "dev", "test") for row in [r for r in rows if r["split"] == side and r["answers"]][:4]]
    lines = ["question,answer,split", *(f'"{r["question"]}","{r["answers"][0]}",{r["split"]}' for r in taken)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def settled(page: Page) -> None:
    """Wait for the page to have drawn its heading and to rest; nothing may have gone wrong on it."""
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=30_000)
    page.wait_for_timeout(600)
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_run_started_in_the_page_survives_a_reload_and_ends_in_a_verdict(tmp_path: Path) -> None:
    with serving(tmp_path / "runs") as server, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/new")
        settled(page)
        page.get_by_text("Your own files", exact=True).click()
        page.locator("input[type=file]").first.set_input_files(examples(tmp_path / "questions.csv"))
        page.locator("input[type=file]").nth(1).set_input_files([str(p) for p in sorted(HANDBOOK.glob("*.md"))[:4]])
        expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Start").dblclick()
        page.wait_for_url("**/run?run=my-data-*", timeout=60_000)
        address = page.url
        assert len(all_runs(tmp_path / "runs")) == 1
        page.reload()
        settled(page)
        assert page.url == address
        pid = jobs.state(tmp_path / "runs", "my-data").pid
        assert pid is not None
        expect(page.get_by_text("See the verdict")).to_be_visible(timeout=400_000)
        assert jobs.state(tmp_path / "runs", "my-data").pid == pid
        page.get_by_text("See the verdict").click()
        page.wait_for_url("**/verdict?run=my-data-*", timeout=30_000)
        settled(page)
        decision = json.loads((all_runs(tmp_path / "runs")[0].path / "decision.json").read_text())
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_count(1)
        expect(heading).to_have_text(decision["sentence"])


def test_every_page_of_a_finished_run_is_drawn_and_free_of_serious_faults(tiny_run: TinyRun) -> None:
    with serving(tiny_run.runs) as server, chromium() as browser:
        page = browser.new_page()
        for name in ("", "new", "run", "verdict", "arms", "rows", "judge", "export"):
            page.goto(f"{server.url}/{name}?run={tiny_run.run.id}")
            settled(page)
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
            assert [(name, v["id"], v["nodes"][0]["html"][:200]) for v in found] == []


def test_an_unknown_run_says_so(tiny_run: TinyRun) -> None:
    with serving(tiny_run.runs) as server, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/verdict?run=nothing-like-it")
        settled(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Run not found")
        expect(page.get_by_text("nothing-like-it")).to_be_visible()
