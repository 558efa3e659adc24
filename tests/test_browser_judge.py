"""Labelling in a real headless Chromium: by keys alone, kept after a reload, blind, and without serious faults of access."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import chromium, serving
from playwright.sync_api import Page, expect
from test_calibrate import make, truths

from pipeline import labels

pytestmark = pytest.mark.browser


def faults(page: Page) -> list[str]:
    return [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]


def test_labels_by_key_are_kept_and_the_agreement_is_shown(tmp_path: Path) -> None:
    run = make(tmp_path)
    with serving(tmp_path) as server, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/judge?run={run.id}&rater=ann")
        heading = page.get_by_role("heading", level=1)
        expect(page.get_by_role("button", name="Draw answers")).to_be_visible(timeout=30_000)
        assert faults(page) == []
        page.get_by_role("button", name="Draw answers").click()
        expect(heading).to_have_text("0 of 40 answers labelled.", timeout=30_000)
        for done, key in enumerate("1234", 1):
            expect(page.get_by_role("button", name="Unsure")).to_be_visible(timeout=10_000)
            page.wait_for_timeout(500)
            page.keyboard.press(key)
            expect(heading).to_have_text(f"{done} of 40 answers labelled.", timeout=10_000)
        page.wait_for_timeout(500)
        page.keyboard.press("u")
        expect(heading).to_have_text("3 of 40 answers labelled.", timeout=10_000)
        assert list(labels.read(run)["ann"].values()) == ["correct", "abstained", "fabricated"]
        page.get_by_role("button", name="Correct").dblclick()
        page.wait_for_timeout(500)
        page.reload()
        expect(heading).to_have_text("4 of 40 answers labelled.", timeout=30_000)
        expect(page.get_by_role("button", name="Unsure")).to_be_visible(timeout=10_000)
        assert not any(arm in page.inner_text("[data-testid=stMain]").split() for arm in ("base", "rag", "RAG"))
        assert faults(page) == []
        labels.add(run, "ann", truths(run))
        page.goto(f"{server.url}/judge?run={run.id}&view=Agreement")
        page.get_by_role("button", name="Work out agreement and verdict").click()
        expect(heading).to_contain_text("agrees with people on", timeout=30_000)
        page.wait_for_timeout(600)
        assert faults(page) == []
        assert page.locator("[data-testid=stException]").count() == 0
