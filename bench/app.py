"""How quickly the app's pages show their heading, in a real headless Chromium: the finished example, and 10,000 rows of eight candidates.

python bench/app.py [--rows 10000] [--rounds 3] [--asking RUN --runs runs] [--only example|many]

Seconds of the clock from the address to the heading, the middle of the rounds and the first; beside them the seconds of processor time that
the server spent on it, which a busy machine does not change. `--asking`: a finished run with its weights, whose candidates are asked.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pipeline.results import example
from pipeline.run_folder.store import RunFolder
from tests.app.browser import RESTS, Server, chromium, serving
from tests.pipeline.stored_runs import stored

SHARES = {"base": 0.3, "few_shot": 0.35, "classic": 0.4, "rag": 0.6, "oracle": 0.7, "lora": 0.5, "lora_rag": 0.62, "hybrid": 0.64}
PAGES = ("", "new", "runs", "progress", "verdict", "candidates", "answers", "try", "judge", "report")
HEADING = "() => !!document.querySelector('[data-testid=stMain] h1')?.innerText"
HEAD = "| page | heading, first | heading, middle of {rounds} | at rest | server's processor, first | then |"
STEPS = 10


class Took(NamedTuple):
    """Seconds."""

    clock: float
    processor: float
    """Of the server."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("example", "many"))
    parser.add_argument("--asking", help="the id of a finished run with its weights")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where that run lies")
    args = parser.parse_args()
    print(f"load average as it begins: {psutil.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        if args.only != "many":
            measured(example.opened(Path(folder) / "one"), "the finished example", args.rounds)
        if args.only != "example":
            run = made(Path(folder) / "many", args.rows)
            size = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
            measured(run, f"{args.rows:,} rows × {len(SHARES)} candidates ({size / 2**20:,.0f} MiB)", args.rounds)
        if args.asking:
            asked(RunFolder((args.runs / args.asking).resolve()))
    print(f"load average as it ends: {psutil.getloadavg()[0]:.1f}")


def made(folder: Path, rows: int) -> RunFolder:
    """A run as it lies on disk, its answers drawn by chance, decided and reported by the pipeline's own stages."""
    chance = random.Random(3)
    rights = {arm: [chance.random() < share for _ in range(rows)] for arm, share in SHARES.items()}
    return stored(folder, "many", rights, passage="lorem ipsum " * 80)


def measured(run: RunFolder, name: str, rounds: int) -> None:
    """A table of every page, then what is done on pages."""
    print(f"\n## {name}\n\n{HEAD.format(rounds=rounds)}\n|---|---|---|---|---|---|")
    with serving(run.path.parent) as server, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for address in PAGES:
            url = f"{server.url}/{address}?run={run.id}"
            opened = [(took(server, partial(shown, page, url)), took(server, partial(rests, page))) for _ in range(rounds)]
            heads, rested = ([one[0].clock for one in opened], [sum(part.clock for part in one) for one in opened])
            work = [sum(part.processor for part in one) for one in opened]
            cells = [heads[0], statistics.median(heads), statistics.median(rested), work[0], statistics.median(work[1:] or work)]
            print(f"| {address or 'home'} | {' | '.join(f'{seconds:.2f} s' for seconds in cells)} |", flush=True)
        print()
        for what, times in done(page, server, run).items():
            clock, work_ = (statistics.median(getattr(one, part) for one in times) for part in Took._fields)
            print(f"- {what}: {1000 * clock:.0f} ms (first {1000 * times[0].clock:.0f}), server's processor {1000 * work_:.0f} ms")
        assert server.process is not None
        print(f"- memory of the server: {psutil.Process(server.process.pid).memory_info().rss / 2**20:.0f} MiB")


def took(server: Server, work: Callable[[], object]) -> Took:
    """What this took by the clock, and of the server's processor time."""
    assert server.process is not None
    process, began = psutil.Process(server.process.pid), time.perf_counter()
    before = sum(process.cpu_times()[:2])
    work()
    return Took(time.perf_counter() - began, sum(process.cpu_times()[:2]) - before)


def shown(page: Page, url: str) -> None:
    page.goto(url, wait_until="commit")
    page.wait_for_function(HEADING, timeout=120_000)


def rests(page: Page) -> None:
    page.wait_for_function(RESTS, timeout=120_000)


def done(page: Page, server: Server, run: RunFolder) -> dict[str, list[Took]]:
    """What is done on Answers and Verdict, one after another: seconds of each."""
    page.goto(f"{server.url}/answers?run={run.id}")
    rests(page)
    there = page.get_by_test_id("stMain")
    at = page.get_by_text(re.compile(r"^Row \d+ of [\d,]+ ·"))
    expect(at.first).to_be_visible(timeout=60_000)
    last = re.compile(r"Row \d+ of ([\d,]+) ·").search(at.first.inner_text())
    assert last is not None
    found: dict[str, list[Took]] = {}
    for number in range(2, 2 + STEPS):
        found.setdefault("next row (key j)", []).append(took(server, partial(pressed, page, number, last.group(1))))
    for text in ("1", "2", "3"):
        found.setdefault("search", []).append(took(server, partial(searched, page, text)))
    searched(page, "")
    for name in ("fixed", "broken", "both wrong"):
        button = there.get_by_role("button", name=re.compile(rf"\d {name}$"))
        found.setdefault("fixed, broken, both wrong", []).append(took(server, partial(clicked, page, button)))
    page.goto(f"{server.url}/verdict?run={run.id}")
    rests(page)
    found["other rules: window"] = [took(server, partial(clicked, page, there.get_by_role("button", name="Under other rules")))]
    page.get_by_role("dialog").get_by_role("slider").first.focus()
    for _ in range(4):
        found.setdefault("other rules: verdict", []).append(took(server, partial(moved, page)))
    return found


def searched(page: Page, text: str) -> None:
    page.get_by_label("Search in questions and answers").fill(text)
    page.keyboard.press("Enter")
    worked(page)


def clicked(page: Page, button: Locator) -> None:
    button.click()
    worked(page)


def moved(page: Page) -> None:
    """A slider, by a step."""
    page.keyboard.press("ArrowRight")
    worked(page)


def pressed(page: Page, number: int, of: str) -> None:
    """The key for the next row, up to that row."""
    page.keyboard.press("j")
    text = f"Row {number} of {of} ·"
    page.wait_for_function("text => document.querySelector('[data-testid=stMain]').innerText.includes(text)", arg=text, timeout=60_000)


def worked(page: Page) -> None:
    """The script has begun again and ended; where it was quicker than could be seen, a tenth of a second is what it took at most."""
    with contextlib.suppress(PlaywrightTimeout):
        page.wait_for_function(f"() => !({RESTS})()", timeout=100, polling=10)
    rests(page)


def asked(run: RunFolder) -> None:
    """Seconds from a question to the first words, and to every candidate's answer: of a cold process, and of the warm one."""
    print(f"\n## Try it, {run.id}\n")
    with serving(run.path.parent) as server, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        shown(page, f"{server.url}/try?run={run.id}")
        rests(page)
        for number, question in enumerate(("Who is it?", "How many are there?", "When is it?", "Where is it?")):
            page.get_by_label("Your question").fill(question)
            began = time.perf_counter()
            page.get_by_role("button", name="Ask", exact=True).click()
            expect(page.get_by_role("heading", name=question)).to_be_visible(timeout=60_000)
            expect(page.get_by_test_id("stMain").locator(".bk-said").first).not_to_be_empty(timeout=300_000)
            first = time.perf_counter() - began
            rests(page)
            print(
                f"- question {number + 1}: first words after {first:.1f} s, all answers after {time.perf_counter() - began:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
