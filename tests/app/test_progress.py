"""A run at work in a real Chromium: nothing is dimmed or drawn anew while nothing changes, and its end is told in the tab's title."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.run_folder.store import RunFolder, now
from tests.app.browser import Server, faults, settled
from tests.pipeline.stored_runs import standing

pytestmark = pytest.mark.browser
WATCH = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    const parts = [...main.querySelectorAll('*')].map(one => [one, getComputedStyle(one).opacity]);
    const told = one => one.outerHTML?.slice(0, 200) ?? one.textContent;
    window.seen = {changed: [], dimmed: [], samples: 0};
    new MutationObserver(found => window.seen.changed.push(...found.map(one => one.type + ' ' + told(one.target))))
        .observe(main, {childList: true, characterData: true, subtree: true});
    setInterval(() => {
        window.seen.samples += 1;
        window.seen.dimmed.push(...parts.filter(([one, then]) => getComputedStyle(one).opacity !== then).map(([one]) => told(one)));
    }, 100);
}"""


FAINT = """() => {
    const part = document.querySelector('.st-key-progress-live .stElementContainer');
    part.dataset.stale = 'true';
    part.style.opacity = '0.33';
    return getComputedStyle(part).opacity;
}"""
"""As Streamlit does with a part whose script is at work."""


def at_work(runs: Path, state: str = "running") -> RunFolder:
    """Training, as a worker would have left it; this process stands for the worker."""
    run = RunFolder((runs / "begun-00000000").resolve())
    run.path.mkdir(parents=True)
    (run.path / "experiment.yaml").write_text("name: begun\ntask: {kind: question_answering}\ndata: {examples: x.jsonl}\n")
    run.log("stage_started", stage="train hybrid seed-0")
    standing(run, state)
    return run


def test_a_run_at_work_stands_still_until_it_moves_and_says_when_it_is_done(runs: Path, server: Server, page: Page) -> None:
    run = at_work(runs)
    page.goto(f"{server.url}/progress?run={run.id}")
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Comparing 1 candidate: about 12 min left")
    expect(page.get_by_role("row", name="Hybrid")).to_contain_text("▶ 40 of 90")
    page.get_by_text("Log", exact=True).click()
    expect(page.get_by_text("Training loss")).to_be_visible()
    page.wait_for_timeout(2500)
    page.evaluate(WATCH)
    page.wait_for_timeout(3500)
    seen = page.evaluate("window.seen")
    assert seen["samples"] > 10
    assert seen["dimmed"] == []
    assert [one for one in seen["changed"] if "of work" not in one] == [], "the time so far goes on, in steps of ten seconds"
    assert page.evaluate(FAINT) == "1", "where a look takes long, what is drawn again is not dimmed meanwhile"
    expect(page.get_by_test_id("stStatusWidget")).not_to_be_visible()
    expect(page).to_have_title(re.compile(r"^\d+ % · Progress · begun · Bakeoff$"))
    assert faults(page) == []
    run.write_json("status.json", {**run.status(), "finished": run.status()["plan"], "state": "done", "heartbeat": now()})
    expect(page).to_have_title("Done · Progress · begun · Bakeoff", timeout=10_000)
    expect(page.get_by_test_id("stToast")).to_contain_text("The comparison is done.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Done: 1 candidate compared")
    expect(page.get_by_role("link", name="See the verdict")).to_be_visible()


def test_jobs_of_other_machines_are_shown_and_those_at_work_stand_first(runs: Path, server: Server, page: Page) -> None:
    run = at_work(runs)
    far = {"eta_s": None, "pid": 7, "attempt": 1}
    told = [
        {"job": "index", "state": "done", "stages": ["index"], "stage": "index", "done": 3, "total": 3, "host": "node-1", **far},
        {"job": "base", "state": "waits", "stages": ["predict base seed-0"], "stage": None, "done": 0, "total": 0, **far, "host": None},
        {"job": "train hybrid seed-0", "state": "running", "stages": ["train hybrid seed-0"], "stage": "train hybrid seed-0", "done": 40,
         "total": 90, **far, "host": "node-2", "attempt": 2},
    ]  # fmt: skip
    run.write_json("status.json", {**run.status(), "jobs": told})
    page.goto(f"{server.url}/progress?run={run.id}")
    settled(page)
    rows = page.get_by_role("region", name="Jobs and their machines").get_by_role("row")
    expect(rows.nth(1)).to_have_text(re.compile(r"Training Hybrid, seed 0\s*▶ 40 of 90\s*node-2\s*2"))
    expect(rows.nth(2)).to_have_text(re.compile("Candidates without a training.*waits"))
    expect(rows.nth(3)).to_have_text(re.compile("Index and search.*done.*node-1"))
    assert faults(page) == []
