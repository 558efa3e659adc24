"""What the pages say of four stored verdicts: the heading by its template, and no score without its interval and n."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import chromium, serving, settled
from conftest import TinyRun
from playwright.sync_api import Page, expect
from stored import VERDICTS, sentence, stored

from eval.report.format import interval, number
from pipeline.store import RunFolder

pytestmark = pytest.mark.browser
CI = r"95 % CI −?\d[\d.]* to −?\d[\d.]*, n = [\d,]+"
TEMPLATES = {
    "winner": rf"Use .+: \d[\d.]* more right answers per 100 than .+ \({CI}\)\.",
    "tie": r".+ are equal within 10 points; take .+\.",
    "undecided": rf"Not enough evidence to choose between .+ and .+: [+−]\d[\d.]* points \({CI}\); .+\.",
    "blocked": r"No verdict: 31 test rows stand in training\.",
}
SCORE = re.compile(r"not measured|\d+ %, n = \d+|[+−]?\d\.\d+ \([+−]?\d\.\d+ to [+−]?\d\.\d+; n = \d+\)")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    folder = tmp_path_factory.mktemp("verdicts")
    return {name: stored(folder, name, **given) for name, given in VERDICTS.items()}


@pytest.fixture(scope="module")
def opened(made: dict[str, RunFolder]) -> Iterator[tuple[Page, str]]:
    with serving(made["winner"].path.parent) as server, chromium() as browser:
        yield browser.new_page(), server.url


@pytest.mark.parametrize("kind", TEMPLATES)
def test_the_heading_follows_its_template(made: dict[str, RunFolder], opened: tuple[Page, str], kind: str) -> None:
    page, url = opened
    page.goto(f"{url}/verdict?run={made[kind].id}")
    settled(page)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    told = heading.inner_text()
    assert told == sentence(made[kind])
    assert re.fullmatch(TEMPLATES[kind], told), told
    if kind in ("tie", "undecided"):
        assert not re.search(r"\b(winner|wins?|best)\b", told, re.IGNORECASE)
        assert not re.search(r"\bwinner\b", page.inner_text("[data-testid=stMain]"), re.IGNORECASE)


@pytest.mark.parametrize("kind", ["winner", "partial"])
def test_every_score_has_its_interval_and_n_or_is_not_measured(made: dict[str, RunFolder], opened: tuple[Page, str], kind: str) -> None:
    page, url = opened
    seen = []
    for name, scored in (("verdict", ("Difference", "Exact match")), ("arms", ("Exact match", "Correct", "Abstained", "Fabricated"))):
        page.goto(f"{url}/{name}?run={made[kind].id}")
        settled(page)
        for table in page.get_by_role("table").all():
            heads = table.get_by_role("columnheader").all_inner_texts()
            for row in table.locator("tbody tr").all():
                cells = dict(zip(heads, row.locator("th, td").all_inner_texts(), strict=True))
                whole = f", n = {cells['n']}" if "n" in cells else ""  # where answers went wrong: shares of n
                seen += [(name, head, cell + whole * cell.endswith("%")) for head, cell in cells.items() if head.startswith(scored)]
    assert len(seen) >= 10
    assert [one for one in seen if not SCORE.fullmatch(one[2])] == []
    assert any(cell == "not measured" for _, _, cell in seen) == (kind == "partial")


def test_the_page_tells_each_difference_as_the_six_formats_do(tiny_run: TinyRun) -> None:
    """The formats against report.json: test_report_agree."""
    report = json.loads((tiny_run.run.path / "report/report.json").read_text())
    with serving(tiny_run.runs) as server, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/verdict?run={tiny_run.run.id}")
        settled(page)
        rows = [row.locator("th, td").all_inner_texts() for row in page.get_by_role("table").first.locator("tbody tr").all()]
    told = {cells[-5]: cells[-4] for cells in rows}
    assert len(told) == len(report["findings"]) > 0
    for found in report["findings"]:
        if found["difference"] is not None:
            words = f"{number(found['difference'], 3, True)} ({interval(found['low'], found['high'], 3, True)}; n = {found['n']})"
            assert told[f"{found['a']} − {found['b']}"] == words


def test_the_runs_page_lists_them_all(made: dict[str, RunFolder], opened: tuple[Page, str], tmp_path: Path) -> None:
    page, url = opened
    page.goto(url)
    settled(page)
    for run in made.values():
        expect(page.get_by_role("main").get_by_text(sentence(run))).to_be_visible()
