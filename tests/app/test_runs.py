"""All runs in a real Chromium: named, deleted, brought back and compared, with no run opened by anything but its id."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.run_folder import about
from pipeline.run_folder.store import RunFolder, all_runs
from tests.app.browser import Server, faults, settled
from tests.pipeline.stored_runs import stored

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ODD = "Café *bold* <b>"


def choose(page: Page, line: int) -> None:
    """Mark a line of the table, which is a canvas: its head and each line are 35 pixels high."""
    box = page.get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 35 * (line + 1) + 17)
    settled(page)


def test_runs_are_named_deleted_brought_back_and_compared(runs: Path, server: Server, page: Page) -> None:
    before = stored(runs, "before", {"base": [i < 8 for i in range(40)], "rag": [i < 20 for i in range(40)]})
    shutil.copytree(before.path, runs / "copy-12345678")
    page.goto(f"{server.url}/runs")
    settled(page)
    choose(page, 0)  # the copy, or the one it was made of: both are as old
    page.get_by_role("button", name="Name, note, tags").click()
    page.get_by_label("Name", exact=True).fill(ODD)
    page.get_by_label("Tags, with").fill("q3, draft")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", level=2, name=ODD, exact=True)).to_be_visible(timeout=20_000)
    (named,) = [run for run in all_runs(runs) if about.read(run).name]
    assert about.read(named) == about.About(ODD, "", ("q3", "draft"))
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 run, 0 active")).to_be_visible(timeout=20_000)
    assert not named.path.exists()
    settled(page)
    assert faults(page) == []
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_text("2 runs, 0 active")).to_be_visible(timeout=20_000)
    assert about.read(RunFolder(named.path)).name == ODD
    page.goto(f"{server.url}/runs?compare=before-12345678,copy-12345678,../elsewhere")
    settled(page)
    found = page.get_by_role("region", name="Each candidate in both runs")
    expect(found.get_by_text("0, the same answers")).to_have_count(2, timeout=20_000)
    expect(page.get_by_text("Nothing: same settings, data, code and versions.")).to_be_visible()
    expect(page.get_by_text("None: every candidate is right on the same rows in both.")).to_be_visible()
