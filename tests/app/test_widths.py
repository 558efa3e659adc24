"""Pages of a finished run at three widths in both themes: nothing serious for axe, headings in order, nothing wider than the screen."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pipeline.run_folder import labels
from pipeline.stages.evaluation import calibrate
from tests.app.browser import faults, serving, settled
from tests.pipeline.judged_run import make, truths
from tests.pipeline.stored_runs import VERDICTS, stored

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = (1280, 768, 390)
ADDRESSES = {
    "winner-12345678": ("verdict?", "candidates?", "candidates?group=Wording&", "candidates?group=Cost&", "answers?", "try?", "report?"),
    "made-12345678": ("judge?rater=ann&", "judge?view=Agreement&"),
}
LEVELS = "[...document.querySelectorAll('[data-testid=stMain] :is(h1,h2,h3,h4)')].filter(e => e.offsetParent).map(e => +e.tagName[1])"
WIDER = """() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(e => {
    const box = e.getBoundingClientRect()
    return box.width > 0 && box.right > document.documentElement.clientWidth + 2
        && !e.closest('.bk-table, [data-testid=stDataFrame], canvas, [role=tablist]')
}).map(e => e.outerHTML.slice(0, 120)).slice(0, 3)"""
"""Beyond the screen, but for what can be scrolled by itself."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_at_three_widths(tmp_path: Path, browser: Browser, scheme: str) -> None:
    stored(tmp_path, "winner", **VERDICTS["winner"], passage="lorem ipsum")
    judged = make(tmp_path)
    calibrate.draw(calibrate.open_run(judged), None, 40)
    labels.add(judged, "bob", truths(judged))
    found = []
    with serving(tmp_path) as server:
        page = browser.new_context(color_scheme="dark" if scheme == "dark" else "light").new_page()
        for run, addresses in ADDRESSES.items():
            for address in addresses:
                page.goto(f"{server.url}/{address}run={run}")
                settled(page)
                found += [(address, width, *told) for width in WIDTHS if any(told := looked_at(page, width))]
    assert found == []


def looked_at(page: Page, width: int) -> tuple[list[tuple[str, str]], list[int], list[str]]:
    """What is wrong at this width: axe's findings, levels of headings that jump, elements beyond the screen."""
    page.set_viewport_size({"width": width, "height": 900})
    settled(page)
    levels: list[int] = page.evaluate(LEVELS)
    jump = levels[:1] != [1] or any(after > before + 1 for before, after in pairwise(levels))
    wider: list[str] = page.evaluate(WIDER)
    return faults(page), levels if jump else [], wider
