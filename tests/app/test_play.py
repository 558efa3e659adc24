"""Try it in a real Chromium: a test question, then one of one's own, answered side by side by a process that stays; nothing fails axe."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.app.browser import MEASURED, Server, faults, settled
from tests.tiny_run import TinyRun

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTILE = "<img src=x onerror=alert(1)> [a](https://evil.example) **b**"


@pytest.mark.timeout(600)
def test_questions_are_answered_side_by_side_and_kept(tiny_run: TinyRun, tiny_server: Server, page: Page) -> None:
    page.goto(f"{tiny_server.url}/try?run={tiny_run.run.id}")
    settled(page)
    assert faults(page) == []
    main = page.get_by_role("main")
    example = page.locator("[class*=st-key-example] button").first
    asked = example.inner_text()
    example.click()
    expect(main.get_by_role("heading", name=asked)).to_be_visible(timeout=30_000)
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'", timeout=300_000)
    expect(main.get_by_text("Right answer:")).to_be_visible()
    first = next(said.text for said in tiny_run.run.predictions("base", 0) if said.row == row_of(tiny_run, asked))
    expect(main.get_by_text(first, exact=True).first).to_be_visible()
    assert faults(page) == []
    page.get_by_label("Your question").fill(HOSTILE)
    began = time.monotonic()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(main.get_by_role("heading", name="<img")).to_be_visible(timeout=30_000)
    expect(main.locator(".bk-said").first).not_to_have_text("", timeout=60_000)
    MEASURED.info("first words of a warm process: %.1f s", time.monotonic() - began)
    settled(page)
    assert main.locator("img").count() == main.locator("a").count() == 0
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('[data-testid=stMain]'))")
    main.get_by_test_id("stExpander").filter(has_text=asked).locator("summary").first.click()
    expect(main.get_by_text("Right answer:").locator("visible=true")).to_be_visible()
    assert faults(page) == []


def row_of(tiny: TinyRun, question: str) -> str:
    from pipeline.records import read_examples

    return next(row.id for row in read_examples(tiny.run.path / "data/test.jsonl") if row.input == question)
