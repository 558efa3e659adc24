"""No page fails in any state a run can be in, and what cannot be read is named: run, file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.run_folder.store import RunFolder
from tests.app.browser import PAGES, Server, serving, settled
from tests.pipeline.stored_runs import VERDICTS, standing, stored

pytestmark = pytest.mark.browser
STATES = {
    "new": "This run has not been started.", "queued": "Waiting for its turn.", "stalled": "Stalled.", "failed": "Failed.",
    "running": "Comparing 1 candidate: about 12 min left", "cancelled": "Cancelled.", "done": "Done: 1 candidate compared",
}  # fmt: skip
BROKEN = {
    "twice.csv": ("question,answer,answer\nWho?,me,you\n", "twice.csv:1"),
    "bare.jsonl": ("one\ntwo\n", "bare.jsonl:1"),
    "half.csv": ("question,answer\n" + "".join(f"What is {i}?,{i}\n" for i in range(60)) + "Too,many,cells\n", "half.csv:62"),
}


def begun(folder: Path, state: str) -> RunFolder:
    """A run that has got as far as its settings."""
    run = RunFolder((folder / f"{state}-00000000").resolve())
    run.path.mkdir(parents=True)
    (run.path / "experiment.yaml").write_text("name: begun\ntask: {kind: question_answering}\ndata: {examples: x.jsonl}\n")
    if state != "new":
        standing(run, state)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_no_page_fails_while_a_run_is(runs: Path, state: str, server: Server, page: Page) -> None:
    run = begun(runs, state)
    for name in PAGES:
        page.goto(f"{server.url}/{name}?run={run.id}")
        settled(page)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        if name == "progress":
            expect(page.get_by_role("heading", level=1)).to_have_text(STATES[state])


@pytest.mark.slow
def test_no_page_fails_where_answers_are_missing_or_there_is_no_run(tmp_path: Path, page: Page) -> None:
    run = stored(tmp_path / "runs", "partial", **VERDICTS["partial"])
    for folder, chosen in ((tmp_path / "runs", run.id), (tmp_path / "none", "")):
        with serving(folder) as server:
            for name in PAGES:
                page.goto(f"{server.url}/{name}" + (f"?run={chosen}" if chosen else ""))
                settled(page)
                expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.mark.parametrize(
    "name",
    ["verdict", *(pytest.param(name, marks=pytest.mark.slow) for name in ("progress", "candidates", "answers", "try", "judge", "report"))],
)
def test_an_unknown_run_is_never_another(runs: Path, name: str, server: Server, page: Page) -> None:
    begun(runs, "new")
    page.goto(f"{server.url}/{name}?run=nothing-like-it")
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Run not found")
    expect(page.get_by_text("nothing-like-it")).to_be_visible()
    assert page.url.endswith("run=nothing-like-it")


@pytest.mark.slow
def test_a_damaged_file_is_told_in_a_sentence_with_a_remedy(runs: Path, server: Server, page: Page) -> None:
    run = stored(runs, "partial", **VERDICTS["partial"])
    page.goto(f"{server.url}/verdict?run={run.id}")
    settled(page)
    book = run.path / "report/pages.sqlite"
    book.write_bytes(book.read_bytes()[:4096] + b"\x80" * 8192)
    page.goto(f"{server.url}/answers?run={run.id}")
    settled(page)  # it says so, or a second drawing has made the file anew already
    page.goto(f"{server.url}/answers?run={run.id}")
    expect(page.get_by_text("Row 1 of 100")).to_be_visible(timeout=60_000)
    (run.path / "report/report.json").write_text("[]")
    for name in ("verdict", "candidates", "answers", "report"):
        page.goto(f"{server.url}/{name}?run={run.id}")
        settled(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("This run cannot be shown")
        told = page.get_by_role("main").inner_text()
        assert "report/report.json: this file is damaged" in told
        assert f"bakeoff resume {run.id}" in told
        assert str(runs) not in told


@pytest.mark.slow  # the messages themselves are held by the tests of reading, without a browser
def test_a_malformed_upload_is_named_with_its_line(tmp_path: Path, server: Server, page: Page) -> None:
    for name, (content, place) in BROKEN.items():
        (tmp_path / name).write_text(content)
        page.goto(f"{server.url}/new")
        settled(page)
        page.locator("input[type=file]").first.set_input_files(tmp_path / name)
        told = page.get_by_role("main").get_by_text(re.compile(rf"(^|\s){re.escape(place)}: "))
        expect(told).to_be_visible(timeout=60_000)
        settled(page)
        assert str(tmp_path) not in page.get_by_role("main").inner_text(), "the server's own folders are nobody's business"
