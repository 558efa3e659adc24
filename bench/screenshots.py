"""The pictures of the docs, from a finished run of a bundled case: the app's pages in a real headless Chromium, and page one of its report.

python bench/screenshots.py RUN [--runs runs] [--out docs/screenshots] [--only app|report]

Page one of the PDF as PDFium draws it, of the HTML as Chromium shows it, of the Word file as LibreOffice lays it out: that picture is
left as it is, and this said, where LibreOffice's `soffice` is not installed (on Debian: apt-get install libreoffice-writer-nogui).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pypdfium2
from playwright.sync_api import Page, expect

from pipeline.results.redact import render
from pipeline.run_folder.store import RunFolder, find
from tests.app.browser import chromium, serving

PAGES = {
    "": "home",
    "runs": "runs",
    "progress": "run",
    "verdict": "verdict",
    "candidates": "arms",
    "answers": "rows",
    "judge": "judge",
    "report": "export",
}
SHARP = 1.5
"""Pixels a point of the PDF's page."""
QUESTION, CANDIDATES = "What do I get per mile for driving my own car?", 7
"""Of the bundled case `facts`."""
CASE = Path(__file__).resolve().parent.parent / "pipeline/samples/facts"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="the run's id, or its beginning")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, default=Path("docs/screenshots"))
    parser.add_argument("--only", choices=("app", "report"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    run = find(args.runs, args.run)
    if args.only != "report":
        app(run.id, args.runs, args.out)
    if args.only != "app":
        report(run, args.out)


def app(run: str, runs: Path, out: Path) -> None:
    """Every page of this run, and New with files of one's own."""
    with serving(runs.resolve()) as server, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for address, name in PAGES.items():
            shown(page, f"{server.url}/{address}?run={run}", out / f"{name}.png")
        asked(page, f"{server.url}/try?run={run}", out / "play.png")
        uploads(page, server.url, out)
        dark = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="dark")
        shown(dark, f"{server.url}/verdict?run={run}", out / "verdict-dark.png")


def shown(page: Page, address: str, picture: Path) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=60_000)
    keep(page, picture)


def asked(page: Page, address: str, picture: Path) -> None:
    """One question put to every candidate, where the run has its weights."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=60_000)
    page.wait_for_timeout(3000)
    if page.get_by_label("Your question").count():
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.get_by_test_id("stMain").locator(".bk-said")).to_have_count(CANDIDATES, timeout=600_000)
    keep(page, picture)


def report(run: RunFolder, out: Path) -> None:
    """Page one of the report, as PDF, as Word and as HTML."""
    first_page(render(run, "pdf", rows=False), out / "report-pdf.png")
    word(render(run, "docx", rows=False), out / "report-word.png")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        made = Path(folder) / "report.html"
        made.write_bytes(render(run, "html", rows=False))
        page = browser.new_page(viewport={"width": 1100, "height": 1300})
        page.goto(made.as_uri())
        page.screenshot(path=str(out / "report-html.png"))


def first_page(pdf: bytes, picture: Path) -> None:
    with pypdfium2.PdfDocument(pdf) as book:
        book[0].render(scale=SHARP).to_pil().save(picture, optimize=True)


def word(document: bytes, picture: Path) -> None:
    """By way of a PDF that LibreOffice makes of it."""
    if not (soffice := shutil.which("soffice")):
        print(f"{picture.name}: not made, since LibreOffice (soffice) is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "report.docx"
        made.write_bytes(document)
        command = [
            soffice,
            f"-env:UserInstallation={Path(folder).as_uri()}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            folder,
        ]
        subprocess.run([*command, str(made)], check=True, capture_output=True, timeout=300)
        first_page(made.with_suffix(".pdf").read_bytes(), picture)


def uploads(page: Page, url: str, out: Path) -> None:
    """The New page with files of one's own: the proposal, then the audit."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "handbook.zip"
        with zipfile.ZipFile(archive, "w") as made:
            for document in sorted((CASE / "documents").glob("*.md")):
                made.write(document, document.name)
        page.goto(f"{url}/new")
        page.locator("input[type=file]").first.set_input_files(CASE / "questions.jsonl")
        page.locator("input[type=file]").nth(1).set_input_files(archive)
        expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=120_000)
        page.get_by_text("Is this how to read your data?").scroll_into_view_if_needed()
        keep(page, out / "new.png")
        page.get_by_role("button", name="Start").scroll_into_view_if_needed()
        keep(page, out / "audit.png")


def keep(page: Page, path: Path) -> None:
    """Once nothing on the page is a placeholder any more."""
    page.wait_for_timeout(3000)
    page.wait_for_function("document.querySelectorAll('[data-testid=stSkeleton]').length === 0", timeout=120_000)
    page.wait_for_timeout(3000)
    page.screenshot(path=str(path), timeout=120_000)


if __name__ == "__main__":
    main()
