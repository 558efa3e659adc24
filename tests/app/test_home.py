"""The first steps in a real Chromium: what this is, a finished example with one click, and the rules tried otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.results import example
from tests.app.browser import Server, faults, settled
from tests.pipeline.stored_runs import VERDICTS, stored

pytestmark = pytest.mark.browser


def test_one_click_from_home_to_a_finished_example(runs: Path, server: Server, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url)
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("RAG, fine-tuning, both or neither? Find out on your data.")
    assert page.get_by_role("main").inner_text().startswith("RAG, fine-tuning"), "nothing else is written above the heading"
    navigation = page.get_by_test_id("stSidebarNav")
    expect(navigation.get_by_role("link")).to_have_count(4)
    page.get_by_role("button", name="See a finished example").click()
    page.wait_for_url("**/verdict?run=example-*", timeout=30_000)
    settled(page)
    run = example.opened(runs)
    expect(page.get_by_role("heading", level=1)).to_have_text((run.read_json("decision.json") or {})["approach"]["heading"])
    expect(page).to_have_title("Verdict · example · Bakeoff")
    for told in ("What studies would lead one to expect", "What was measured here"):
        expect(page.get_by_text(told)).to_be_visible()
    expect(navigation.get_by_role("link")).to_have_count(11)
    assert faults(page) == []
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == [], "nothing is fetched from elsewhere"


@pytest.mark.slow  # as test_first walks through the pages of another run
def test_every_page_of_the_finished_example_is_drawn_and_its_report_comes_in_every_format(runs: Path, server: Server, page: Page) -> None:
    """The example holds two formats of the report; the others are made when they are asked for."""
    run = example.opened(runs)
    for name in ("progress", "verdict", "candidates", "answers", "try", "judge", "report"):
        page.goto(f"{server.url}/{name}?run={run.id}")
        settled(page)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert faults(page) == [], name
    with page.expect_download(timeout=60_000) as asked:
        page.get_by_role("button", name="PDF").click()
    assert asked.value.path().read_bytes().startswith(b"%PDF")


def test_other_rules_stand_beside_the_stored_verdict(runs: Path, server: Server, page: Page) -> None:
    run = stored(runs, "winner", **VERDICTS["winner"])
    before = (run.path / "decision.json").read_bytes()
    page.goto(f"{server.url}/verdict?run={run.id}")
    settled(page)
    page.get_by_role("button", name="Under other rules").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The same verdict.")).to_be_visible(timeout=20_000)
    dialog.get_by_label("At most wrong (share)").fill("0.05")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Another verdict.")).to_be_visible(timeout=20_000)
    expect(dialog.get_by_text("It takes retrieval; fine-tuning was not tested")).to_be_visible()
    page.wait_for_timeout(500)
    assert faults(page) == []
    assert (run.path / "decision.json").read_bytes() == before
