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
    page.goto(f"{server.url}/judge?run={run.id}")
    heading = page.get_by_role("heading", level=1)
    expect(page.get_by_role("button", name="Draw answers")).to_be_visible(timeout=30_000)
    assert faults(page) == []
    page.get_by_role("button", name="Draw answers").click()
    expect(heading).to_have_text("40 answers to label", timeout=30_000)
    page.get_by_role("button", name="Begin labelling").click()
    named(page, "ann12")
    expect(heading).to_have_text("0 of 40 answers labelled", timeout=10_000)
    for done, key in enumerate("12341", 1):
        settled(page)
        assert blind(page)
        page.keyboard.press(key)
        expect(heading).to_have_text(f"{done} of 40 answers labelled", timeout=10_000)
    assert list(labels.read(run)["ann12"].values()) == ["correct", "abstained", "fabricated", "unsure", "correct"]
    assert list(labels.read(run)) == ["ann12"], "no key went into the name"
    page.get_by_role("button", name="Someone else labels").click()
    named(page, "bob123u")
    expect(heading).to_have_text("0 of 40 answers labelled", timeout=10_000)
    assert list(labels.read(run)) == ["ann12"], "no letter of the name became a label"
    page.goto(page.url.replace("bob123u", "ann12"))
    expect(heading).to_have_text("5 of 40 answers labelled", timeout=30_000)
    settled(page)
    page.keyboard.press("u")
    expect(heading).to_have_text("4 of 40 answers labelled", timeout=10_000)
    settled(page)
    page.get_by_role("button", name="Correct").dblclick()
    settled(page)
    page.reload()
    expect(heading).to_have_text("5 of 40 answers labelled", timeout=30_000)
    expect(page.get_by_role("button", name="Unsure")).to_be_visible(timeout=10_000)
    assert blind(page)
    assert faults(page) == []
    labels.add(run, "ann12", truths(run))
    page.goto(f"{server.url}/judge?run={run.id}&view=Agreement")
    page.get_by_role("button", name="Compute agreement and verdict").click()
    expect(heading).to_have_text(re.compile(r"The judge agrees with people on \d+ of 40 answers"), timeout=30_000)
    expect(page.get_by_role("main").get_by_text("κ 0.").first).to_be_visible()
    settled(page)
    assert faults(page) == []
    assert page.locator("[data-testid=stVegaLiteChart]").count() == 2
    assert page.locator("[data-testid=stException]").count() == 0
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('[data-testid=stMain]'))")


def named(page: Page, name: str) -> None:
    """The name typed key by key into the window that asks for it."""
    field = page.get_by_role("dialog").get_by_label("Your name")
    expect(field).to_be_visible(timeout=10_000)
    settled(page)
    assert faults(page) == []
    field.click()
    page.keyboard.type(name, delay=30)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=10_000)
