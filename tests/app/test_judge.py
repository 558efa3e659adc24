"""Labelling in a real headless Chromium: by keys alone, kept after a reload, blind, and without serious faults of access."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.run_folder import labels
from tests.app.browser import Server, faults, settled
from tests.pipeline.judged_run import make, truths

pytestmark = pytest.mark.browser


def blind(page: Page) -> bool:
    """Whether no arm is named anywhere in the page, shown or not."""
    return not re.search(r"\b(base|rag|base model)\b", page.locator("[data-testid=stMain]").inner_html(), re.IGNORECASE)


def test_labels_by_key_are_kept_and_the_agreement_is_shown(runs: Path, server: Server, page: Page) -> None:
    run = make(runs)
    page.goto(f"{server.url}/judge?run={run.id}&rater=ann")
    heading = page.get_by_role("heading", level=1)
    expect(page.get_by_role("button", name="Draw answers")).to_be_visible(timeout=30_000)
    assert faults(page) == []
    page.get_by_role("button", name="Draw answers").click()
    expect(heading).to_have_text("0 of 40 answers labelled.", timeout=30_000)
    for done, key in enumerate("12341", 1):
        settled(page)
        assert blind(page)
        page.keyboard.press(key)
        expect(heading).to_have_text(f"{done} of 40 answers labelled.", timeout=10_000)
    assert list(labels.read(run)["ann"].values()) == ["correct", "abstained", "fabricated", "unsure", "correct"]
    page.reload()
    expect(heading).to_have_text("5 of 40 answers labelled.", timeout=30_000)
    settled(page)
    page.keyboard.press("u")
    expect(heading).to_have_text("4 of 40 answers labelled.", timeout=10_000)
    settled(page)
    page.get_by_role("button", name="Correct").dblclick()
    settled(page)
    page.reload()
    expect(heading).to_have_text("5 of 40 answers labelled.", timeout=30_000)
    expect(page.get_by_role("button", name="Unsure")).to_be_visible(timeout=10_000)
    assert blind(page)
    assert faults(page) == []
    labels.add(run, "ann", truths(run))
    page.goto(f"{server.url}/judge?run={run.id}&view=Agreement")
    page.get_by_role("button", name="Work out agreement and verdict").click()
    expect(heading).to_contain_text("agrees with people on", timeout=30_000)
    page.wait_for_timeout(600)
    assert faults(page) == []
    assert page.locator("[data-testid=stException]").count() == 0
