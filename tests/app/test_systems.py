"""Two files of answers in a real Chromium: brought to New, compared alone, and every page of the finished comparison."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

from pipeline.run_folder.store import all_runs
from tests.app.browser import PAGES, Server, faults, settled

pytestmark = pytest.mark.browser
QUESTIONS = "id,question,answer\n" + "".join(f"q{i},Who keeps key number {i}?,person {i}\n" for i in range(60))
RIGHT = "id,answer\n" + "".join(f"q{i},person {i}\n" for i in range(60))
WRONG = "id,answer\n" + "".join(f"q{i},the caretaker\n" for i in range(60))


def file(name: str, text: str) -> Any:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def bring(page: Page, server: Server, answers: list[Any]) -> None:
    """Questions and files of answers onto a fresh page New."""
    page.goto(f"{server.url}/new")
    settled(page)
    page.locator("input[type=file]").first.set_input_files(file("questions.csv", QUESTIONS))
    expect(page.get_by_text("60 rows, 0 documents")).to_be_visible(timeout=90_000)
    page.get_by_text("Systems of your own, if you have any").click()
    page.locator("input[type=file]").last.set_input_files(answers)
    expect(page.get_by_text("Compare these alone")).to_be_visible(timeout=90_000)


@pytest.mark.slow
def test_answers_and_an_address_are_brought_and_compared_alone(runs: Path, server: Server, page: Page) -> None:
    bring(page, server, [file("In use (2026).csv", RIGHT), file("new.csv", WRONG.replace("q3,", "q99,"))])
    expect(page.get_by_text("no row of this comparison has the id 'q99'")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("new.csv:5")).to_be_visible()
    page.get_by_role("textbox", name="Or an address that answers").fill("http://127.0.0.1:9/answer")
    page.keyboard.press("Enter")
    until = time.monotonic() + 90
    while not any("http://127.0.0.1:9/answer" in path.read_text() for path in (runs / ".uploads").glob("*/experiment-*.yaml")):
        assert time.monotonic() < until, "the address stands in no experiment"
        page.wait_for_timeout(500)
    bring(page, server, [file("In use (2026).csv", RIGHT), file("new.csv", WRONG)])
    page.get_by_text("Compare these alone").click()
    expect(page.get_by_text("Questions to test on", exact=True)).to_be_visible(timeout=90_000)
    settled(page)
    assert faults(page) == []
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/progress**", timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Done", timeout=240_000)
    (run,) = all_runs(runs)
    experiment = yaml.safe_load((run.path / "experiment.yaml").read_text())
    assert [system["name"] for system in experiment["systems"]] == ["in_use_2026", "new"]
    assert experiment["arms"] == []
    assert (run.read_json("decision.json") or {})["arm"] == "in_use_2026"
    for name in PAGES:
        page.goto(f"{server.url}/{name}?run={run.id}")
        settled(page)
        if name == "verdict":
            expect(page.get_by_role("heading", level=1)).to_have_text("Use in_use_2026")
            expect(page.get_by_text("RETRIEVAL: not known").first).to_be_visible()
        if name == "try":
            expect(page.get_by_text("nobody can be asked")).to_be_visible()
