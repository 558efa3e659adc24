"""A new comparison in a real Chromium: a pasted table, results broken down, personal data masked, the answers to five questions."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect

from pipeline import jobs
from pipeline.run_folder.store import all_runs
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
    page.get_by_text("Mask personal data", exact=True).click()
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


@pytest.mark.slow
def test_four_clicks_from_home_to_a_started_run_of_files_of_ones_own(tmp_path: Path, runs: Path, server: Server, page: Page) -> None:
    (tmp_path / "train.csv").write_text(f"question,answer,topic\n{ROWS}")
    (tmp_path / "test.csv").write_text("question,answer,topic\n" + "".join(f"Who opens door {i}?,porter {i},office\n" for i in range(25)))
    with zipfile.ZipFile(tmp_path / "handbook.zip", "w") as book:
        book.writestr("keys.md", "# Keys\nPerson 3 keeps key 3.\n")
    page.add_init_script("window.clicks = 0; addEventListener('click', event => { window.clicks += event.isTrusted; }, true);")
    page.goto(server.url)
    settled(page)
    page.get_by_role("button", name="Use my files").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New comparison", timeout=30_000)
    settled(page)
    for files in ([tmp_path / "train.csv", tmp_path / "test.csv"], [tmp_path / "handbook.zip"]):
        with page.expect_file_chooser() as asked:
            page.get_by_text("Upload", exact=True).first.click()
        asked.value.set_files(files)
        expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=60_000)
        settled(page)
    expect(page.get_by_text("65 rows, 1 document")).to_be_visible(timeout=60_000)
    settled(page)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/progress?run=my-data-*", timeout=60_000)
    (run,) = all_runs(runs)
    jobs.cancel(runs, run.id)
    assert page.evaluate("window.clicks") <= 4
    told = experiments(runs)[-1]["data"]
    assert told["sides"] == {"train": "examples-00-train.csv", "test": "examples-01-test.csv"}  # type: ignore[index]
    assert told["documents"] == "documents"  # type: ignore[index]
