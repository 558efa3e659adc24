"""A new comparison in a real Chromium: a pasted table, results broken down, personal data masked, the answers to five questions."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.app.browser import Server, faults, settled

pytestmark = pytest.mark.browser
ROWS = "".join(f"Who keeps key {i}?,person {i}@example.com,{'office' if i % 2 else 'shop'}\n" for i in range(40))


def experiments(runs: Path) -> list[dict[str, object]]:
    paths = sorted((runs / ".uploads").glob("*/experiment-*.yaml"), key=lambda path: path.stat().st_mtime_ns)
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]


def test_what_is_chosen_is_what_would_be_run(runs: Path, server: Server, page: Page) -> None:
    page.goto(f"{server.url}/new")
    settled(page)
    page.get_by_role("button", name="Paste a table").click()
    page.get_by_label("Rows with a line of names above").fill(f"question,answer,topic\n{ROWS}")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("columnheader", name="Question (question)")).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")
    expect(page.get_by_text("40 rows, 0 documents")).to_be_visible(timeout=60_000)
    page.get_by_role("combobox", name="Break results down by").click()
    page.get_by_role("option", name="topic").click()
    page.keyboard.press("Escape")  # an open list hides the rest from screen readers
    expect(page.get_by_role("columnheader", name="Topic (broken down by)")).to_be_visible(timeout=90_000)
    page.get_by_text("Mask personal data").click()
    page.get_by_text("Five questions about how it will be used").click()
    page.get_by_text("Answers must name their source").click()
    expect(page.get_by_text("What studies would lead one to expect")).to_be_visible()
    settled(page)
    assert faults(page) == []
    asked = experiments(runs)[-1]
    assert asked["data"] == {
        "examples": "examples.csv", "mask_personal_data": True,
        "columns": {"input": "question", "references": "answer", "slices": ["topic"]},
    }  # fmt: skip
    assert asked["decision"] == {"constraints": {"must_cite": True}, "margin": 0.03}
