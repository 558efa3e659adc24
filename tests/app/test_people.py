"""Two people at the same time, each in a browser of their own: nothing is lost or doubled, and nobody sees the other's draft."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline import jobs
from pipeline.run_folder import labels
from pipeline.run_folder.store import all_runs
from pipeline.stages.evaluation import calibrate
from tests.app.browser import Server, settled
from tests.pipeline.judged_run import make

pytestmark = [
    pytest.mark.browser, pytest.mark.slow,
    # Workers are detached on purpose: nobody waits for them.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]  # fmt: skip
MANY = 5


def table(path: Path, subject: str) -> Path:
    path.write_text("question,answer\n" + "".join(f"Which {subject} is number {i}?,{subject}-{i}\n" for i in range(60)))
    return path


def upload(page: Page, url: str, path: Path) -> None:
    page.goto(f"{url}/new")
    settled(page)
    page.locator("input[type=file]").first.set_input_files(path)


def test_two_people_start_runs(tmp_path: Path, runs: Path, server: Server, browser: Browser) -> None:
    people = {who: browser.new_context().new_page() for who in ("apple", "pear")}
    for who, page in people.items():
        upload(page, server.url, table(tmp_path / f"{who}.csv", who))
    for who, page in people.items():
        expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=120_000)
        page.get_by_label("Name", exact=True).fill(f"of-{who}")
        page.keyboard.press("Enter")
        settled(page)
    for who, page in people.items():
        other = "pear" if who == "apple" else "apple"
        page.get_by_text("What each candidate is asked").click()
        expect(page.get_by_text(f"Which {who} is number").first).to_be_visible(timeout=60_000)
        assert other not in page.locator("body").inner_text()
    for page in people.values():
        page.get_by_role("button", name="Start").dblclick(no_wait_after=True)
    for who, page in people.items():
        page.wait_for_url(f"**/progress?run=of-{who}-*", timeout=120_000)
        settled(page)
    found = {run.id.rsplit("-", 1)[0]: run for run in all_runs(runs)}
    assert sorted(found) == ["of-apple", "of-pear"]
    assert len({jobs.state(runs, run.id).pid for run in found.values()}) == 2
    assert all(sum(event["event"] == "state" and event["state"] == "queued" for event in run.events()) == 1 for run in found.values())
    assert sum(jobs.state(runs, run.id).state == "running" for run in found.values()) <= 1, "one worker a machine at a time"
    for run in found.values():
        jobs.cancel(runs, run.id)


def test_two_people_label_the_same_run(runs: Path, server: Server, browser: Browser) -> None:
    run = make(runs)
    calibrate.draw(calibrate.open_run(run), None, 40)
    people = {who: browser.new_context().new_page() for who in ("ann", "bob")}
    for who, page in people.items():
        page.goto(f"{server.url}/judge?run={run.id}&rater={who}")
        settled(page)
    for done in range(1, MANY + 1):
        for key, page in zip("13", people.values(), strict=True):
            page.keyboard.press(key)
        for page in people.values():
            expect(page.get_by_role("heading", level=1)).to_have_text(f"{done} of 40 answers labelled", timeout=20_000)
            settled(page)
    for who, page in people.items():
        assert ("bob" if who == "ann" else "ann") not in page.get_by_role("main").inner_text()
    found = labels.read(run)
    assert {who: list(told.values()) for who, told in found.items()} == {"ann": ["correct"] * MANY, "bob": ["fabricated"] * MANY}
    assert all(len((run.path / f"labels/{who}.jsonl").read_text().splitlines()) == MANY for who in found)
