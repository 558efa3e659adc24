"""What the pages say of four stored verdicts: heading and sentence by their templates, and no score without its interval and n."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from eval.report.format import interval, number
from pipeline.results.redact import KINDS, render
from pipeline.run_folder.store import RunFolder
from tests.app.browser import chromium, serving, settled
from tests.eval.report.reading import text_of
from tests.pipeline.stored_runs import MANIFEST, VERDICTS, sentence, stored

pytestmark = pytest.mark.browser
CI = r"95 % CI −?\d[\d.]* to −?\d[\d.]*, n = [\d,]+"
TEMPLATES = {
    "winner": rf"Use .+: \d[\d.]* more right answers per 100 than .+ \({CI}\)\. .+ is right on \d+ of [\d,]+ rows, .+ on \d+\.",
    "tie": r".+ are equal within 10 points; take .+\.",
    "undecided": rf"Not enough evidence to choose between .+ and .+: [+−]\d[\d.]* points \({CI}\); .+\.",
    "blocked": r"No verdict: 31 test rows stand in training\.",
}
HEADINGS = {
    "winner": "It takes retrieval; fine-tuning was not tested", "tie": "Retrieval does not pay; fine-tuning was not tested",
    "undecided": "Whether it takes retrieval is open; fine-tuning was not tested",
    "blocked": "No verdict yet: something has to be mended first",
}  # fmt: skip
NUMBER = r"[+−]?\d+(?:\.\d+)?"
SPAN = re.compile(rf"{NUMBER} to {NUMBER}")
SCORES = ("Difference", "This candidate", "The other", "Exact match", "Correct", "Declined", "Wrong")
"""What columns of scores are headed by."""
FIGURES = ("difference", "low", "high", "n")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    folder = tmp_path_factory.mktemp("verdicts")
    return {name: stored(folder, name, **given) for name, given in VERDICTS.items()}


@pytest.fixture(scope="module")
def opened(made: dict[str, RunFolder]) -> Iterator[tuple[Page, str]]:
    with serving(made["winner"].path.parent) as server, chromium() as browser:
        yield browser.new_page(), server.url


@pytest.mark.parametrize("kind", TEMPLATES)
def test_heading_and_sentence_follow_their_templates(made: dict[str, RunFolder], opened: tuple[Page, str], kind: str) -> None:
    page, url = opened
    page.goto(f"{url}/verdict?run={made[kind].id}")
    settled(page)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    expect(heading).to_have_text(HEADINGS[kind])
    told = page.get_by_role("main").get_by_text(sentence(made[kind]), exact=True)
    expect(told.first).to_be_visible()
    assert re.fullmatch(TEMPLATES[kind], told.first.inner_text())
    if kind in ("tie", "undecided"):
        assert not re.search(r"\b(winner|wins?|best)\b", f"{HEADINGS[kind]} {told.first.inner_text()}", re.IGNORECASE)
        assert not re.search(r"\bwinner\b", page.inner_text("[data-testid=stMain]"), re.IGNORECASE)


@pytest.mark.parametrize("kind", ["winner", "partial"])
def test_every_score_has_its_interval_and_n_or_is_not_measured(made: dict[str, RunFolder], opened: tuple[Page, str], kind: str) -> None:
    page, url = opened
    seen = []
    for name in ("verdict", "verdict", "candidates"):
        page.goto(f"{url}/{name}?run={made[kind].id}")
        settled(page)
        if name == "verdict" and seen:
            opened_up(page)
        for table in page.get_by_role("table").all():
            heads = table.get_by_role("columnheader").all_inner_texts()
            rows = [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]
            seen += [(name, dict(zip(heads, row, strict=True)), head) for row in rows for head in heads if head.startswith(SCORES)]
    assert len(seen) >= 10
    assert [one for one in seen if not told_whole(one[1], one[2])] == []
    assert any(row[head] == "not measured" for _, row, head in seen) == (kind == "partial")


def opened_up(page: Page) -> None:
    """All comparisons, with their p-values."""
    page.get_by_role("tab", name="All comparisons").click()
    page.get_by_text("With p-values").click()
    expect(page.get_by_role("table").filter(has_text="p (Holm)")).to_be_visible()


def told_whole(row: dict[str, str], head: str) -> bool:
    """The cell, or the row it stands in, has interval and n. Shares of where answers went wrong describe and have only n."""
    cell, there = row[head], " | ".join(row.values())
    counted = "n = " in cell or row.get("n", "").isdigit()
    return cell == "not measured" or (counted and bool(SPAN.search(cell) or SPAN.search(there) or cell.endswith("%")))


def test_the_page_and_the_six_formats_tell_the_same_counts_and_difference(made: dict[str, RunFolder], opened: tuple[Page, str]) -> None:
    run, (page, url) = made["winner"], opened
    report = json.loads((run.path / "report/report.json").read_text())
    found = report["findings"][0]
    names = " − ".join(report["arms"][found[side]]["label"] for side in "ab")
    difference, span = number(found["difference"], 3, True), interval(found["low"], found["high"], 3, True)
    page.goto(f"{url}/verdict?run={run.id}")
    settled(page)
    counts = "".join(report["decision"]["approach"]["counts"].split())
    right = report["decision"]["right"][found["a"]]
    assert f"{right['right']}of{right['rows']}" in counts
    assert counts in "".join(page.get_by_role("main").inner_text().split())
    opened_up(page)
    pair = page.get_by_role("table").filter(has_text="p (Holm)").locator("tbody tr").first.locator("th, td").all_inner_texts()
    assert [pair[0], pair[1], pair[2], pair[5]] == [names, difference, span, str(found["n"])]
    for kind in KINDS:
        data = render(run, kind)
        if kind in ("html", "pdf", "docx", "md"):
            bare = "".join(text_of(kind, data).replace("\\", "").split())
            told = [counts, difference, "".join(span.split()), str(found["n"])]
            assert [one for one in told if one not in bare] == [], kind
        else:
            whole = data.decode() if kind == "json" else first_sheet(data)
            assert counts in "".join(whole.split()), kind
            cells = [json.loads(data)["findings"][0]] if kind == "json" else comparisons(data)
            assert {key: cells[0][key] for key in FIGURES} == pytest.approx({key: found[key] for key in FIGURES}, rel=1e-12), kind


def first_sheet(data: bytes) -> str:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None)


def comparisons(data: bytes) -> list[dict[str, Any]]:
    head, *rows = openpyxl.load_workbook(io.BytesIO(data))["Comparisons"].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_the_runs_page_lists_them_all(made: dict[str, RunFolder], opened: tuple[Page, str]) -> None:
    page, url = opened
    page.goto(f"{url}/runs")
    settled(page)
    page.get_by_text("The same as a table with links").click()
    lines = page.get_by_role("table").locator("tbody tr")
    expect(lines).to_have_count(len(made))
    told = {line.get_by_role("link").inner_text(): line.inner_text() for line in lines.all()}
    assert told.keys() == {run.id.rsplit("-", 1)[0] for run in made.values()}
    pair = json.loads((made["winner"].path / "decision.json").read_text())["comparisons"][0]
    ends = (interval(100 * pair["low"], 100 * pair["high"], 1, True), number(100 * pair["difference"], 1, True))
    assert f"{ends[1]} ({ends[0]})" in told["winner"]
    assert "80 of 100" in told["winner"]
    assert "blocked" in told["blocked"]
    assert all(MANIFEST["model"]["name"] in one for one in told.values())
