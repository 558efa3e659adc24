"""The app in a real headless Chromium: upload, start a tiny run, reload while it runs, read its verdict, open all its exports."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, expect

from pipeline import jobs
from pipeline.run_folder.store import all_runs
from tests.app.browser import PAGES, Server, faults, settled
from tests.tiny_run import ROOT, TinyRun

pytestmark = pytest.mark.browser
HANDBOOK = ROOT / "pipeline/samples/facts/documents"


def examples(path: Path) -> Path:
    """A CSV of a few questions, as an analyst would upload it."""
    source = ROOT / "pipeline/samples/facts/questions.jsonl"
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    sizes = {"train": 10, "dev": 3, "test": 20}  # the fewest that start
    taken = [row for side, size in sizes.items() for row in [r for r in rows if r["split"] == side and r["answers"]][:size]]
    lines = ["question,answer,split", *(f'"{r["question"]}","{r["answers"][0]}",{r["split"]}' for r in taken)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


EXPORTS = {"html": "HTML", "pdf": "PDF", "docx": "Word", "xlsx": "Excel", "md": "Markdown", "json": "JSON"}


def zipped(path: Path) -> Path:
    """Four pages of the handbook."""
    with zipfile.ZipFile(path, "w") as archive:
        for page in sorted(HANDBOOK.glob("*.md"))[:4]:
            archive.write(page, page.name)
    return path


@pytest.mark.timeout(1500)
@pytest.mark.slow
def test_a_run_started_in_the_page_survives_a_reload_and_ends_in_a_verdict(tmp_path: Path, runs: Path, server: Server, page: Page) -> None:
    page.goto(f"{server.url}/new")
    settled(page)
    page.locator("input[type=file]").first.set_input_files(examples(tmp_path / "questions.csv"))
    expect(page.get_by_text("answers are free text")).to_be_visible(
        timeout=60_000
    )  # no hand drops a second file within a tenth of a second
    page.locator("input[type=file]").nth(1).set_input_files(zipped(tmp_path / "handbook.zip"))
    expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("answers are free text")).to_be_visible()
    expect(page.get_by_text("4 documents")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("only 20 test rows").first).to_be_visible()
    page.reload()  # what was uploaded is kept
    expect(page.get_by_text("4 documents")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Start").dblclick()
    page.wait_for_url("**/progress?run=my-data-*", timeout=60_000)
    address = page.url
    assert len(all_runs(runs)) == 1
    page.reload()
    settled(page)
    assert page.url == address
    pid = jobs.state(runs, "my-data").pid
    assert pid is not None
    expect(page.get_by_text("See the verdict")).to_be_visible(timeout=1_200_000)
    assert jobs.state(runs, "my-data").pid == pid
    page.get_by_text("See the verdict").click()
    page.wait_for_url("**/verdict?run=my-data-*", timeout=30_000)
    settled(page)
    decision = json.loads((all_runs(runs)[0].path / "decision.json").read_text())
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    expect(page.get_by_role("main").get_by_text(decision["sentence"], exact=True).first).to_be_visible()
    page.goto(f"{server.url}/report?run={all_runs(runs)[0].id}")
    settled(page)
    opened = {kind: downloaded(page, label, tmp_path) for kind, label in EXPORTS.items()}
    check_exports(opened, decision["sentence"])


def downloaded(page: Page, label: str, folder: Path) -> Path:
    page.wait_for_timeout(700)  # of downloads within a tenth of a second of each other the browser drops some, as nobody's hand would ask
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("button", name=label).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def check_exports(opened: dict[str, Path], sentence: str) -> None:
    """Each format opened by a reader of its own says the verdict's sentence."""
    pdf = " ".join(part.extract_text() for part in pypdf.PdfReader(opened["pdf"]).pages)
    sheets = openpyxl.load_workbook(opened["xlsx"])
    cells = " ".join(str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row)
    word = " ".join(paragraph.text for paragraph in docx.Document(str(opened["docx"])).paragraphs)
    html = BeautifulSoup(opened["html"].read_text(encoding="utf-8"), "html.parser")
    said = {"pdf": pdf, "xlsx": cells, "docx": word, "html": html.get_text(" "), "md": opened["md"].read_text(encoding="utf-8"),
            "json": json.loads(opened["json"].read_text(encoding="utf-8"))["decision"]["sentence"]}  # fmt: skip
    for kind, text in said.items():
        assert plainly(sentence) in plainly(text), kind
    assert len(html.find_all("h1")) == 1
    assert not html.find_all("script")


def plainly(text: str) -> str:
    return re.sub(r"\W+", "", text)


def test_every_page_of_a_finished_run_is_drawn_and_free_of_serious_faults(tiny_run: TinyRun, tiny_server: Server, page: Page) -> None:
    for name in PAGES:
        page.goto(f"{tiny_server.url}/{name}?run={tiny_run.run.id}")
        settled(page)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert (name, faults(page)) == (name, [])


def test_an_unknown_run_says_so(tiny_run: TinyRun, tiny_server: Server, page: Page) -> None:
    page.goto(f"{tiny_server.url}/verdict?run=nothing-like-it")
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Run not found")
    expect(page.get_by_text("nothing-like-it")).to_be_visible()
