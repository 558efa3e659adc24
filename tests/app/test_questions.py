"""Drafted questions in a real headless Chromium: decided by keys alone, kept after a reload, and without serious faults of access."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.drafting import reviews
from pipeline.drafting.folder import DraftSet, set_named
from pipeline.drafting.record import Draft, Place
from pipeline.records import Document
from tests.app.browser import Server, faults, settled
from tests.pipeline.drafting.keys import decide, named

pytestmark = pytest.mark.browser
TEXT = "The <b>boat</b> of house {n} leaves at {n} o'clock.\nNobody waits for those who are late."


def drafted(runs: Path, count: int) -> DraftSet:
    """A set of kept drafts, with marks of HTML in their passages."""
    made = set_named(runs, "house")
    made.begin({"number": count, "seed": 13}, [Document(f"d{n}", TEXT.format(n=n), f"House {n}") for n in range(count)])
    places = [Place(f"d{n}:0-60", f"d{n}", f"House {n}", TEXT.format(n=n)) for n in range(count)]
    made.keep([
        Draft(f"draft-{n}", "fact" if n % 2 else "yes_no", "a guest", (place,), "English", 13, "m", f"When does the boat of house {n} go?",
              f"at {n}", (f"The <b>boat</b> of house {n} leaves at {n} o'clock.",), rank=1) for n, place in enumerate(places)
    ])  # fmt: skip
    return made


def test_without_drafts_the_page_says_how_to_get_some(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/questions")
    expect(page.get_by_role("heading", level=1)).to_have_text("No drafted questions yet", timeout=60_000)
    command = page.get_by_test_id("stCode")
    expect(command).to_contain_text("bakeoff draft-questions DOCUMENTS --model MODEL --base-url URL --out /", timeout=60_000)
    page.get_by_role("textbox", name="Documents").fill("our handbook")
    page.get_by_role("textbox", name="Model that drafts").fill("m; rm x")
    page.keyboard.press("Tab")
    expect(command).to_contain_text("bakeoff draft-questions 'our handbook' --model 'm; rm x' --out /", timeout=20_000)
    page.get_by_role("textbox", name="Its address").fill("http://localhost:8000/v1")
    page.keyboard.press("Tab")
    expect(command).to_contain_text("--model 'm; rm x' --base-url http://localhost:8000/v1 --out /", timeout=20_000)
    settled(page)
    assert faults(page) == []


@pytest.mark.slow
def test_what_was_stopped_and_what_kept_nothing_say_what_to_do(runs: Path, server: Server, page: Page) -> None:
    made = set_named(runs, "house")
    made.begin({"number": 7, "seed": 13, "documents": ["../*our* handbook"], "model": "m"}, [Document("d", TEXT, "House")])
    heading, lock = page.get_by_role("heading", level=1), made.lock()
    page.goto(f"{server.url}/questions")
    expect(heading).to_have_text("Drafting was stopped", timeout=60_000)
    expect(page.get_by_text("../*our* handbook")).to_be_visible()
    assert lock.acquire()
    page.reload()
    expect(heading).to_have_text("Questions are being drafted", timeout=60_000)
    lock.release()
    place = Place("d:0-60", "d", "House", TEXT)
    made.keep([Draft(f"d{n}", "fact", "a guest", (place,), "English", 13, "m", "When?", ended="quote", why="no") for n in range(2)])
    page.reload()
    expect(heading).to_have_text("No draft of this set was kept", timeout=60_000)
    expect(page.get_by_text("Of 2 drafts none passed all checks. The model does not copy from its passage")).to_be_visible()
    settled(page)
    assert faults(page) == []


@pytest.mark.slow
def test_drafts_are_decided_by_keys_and_kept(runs: Path, server: Server, page: Page) -> None:
    drafts = drafted(runs, 6)
    page.goto(f"{server.url}/questions")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("6 drafted questions to look at", timeout=60_000)
    assert faults(page) == []
    page.get_by_role("button", name="Begin").click()
    named(page, "eax12")
    expect(heading).to_have_text("0 of 6 questions decided, 0 accepted", timeout=20_000)
    settled(page)
    assert reviews.reviews(drafts) == {}, "no key of the name decided a draft"
    assert re.fullmatch(r"The <b>boat</b> of house \d leaves at \d o'clock\.", page.locator("mark").inner_text())
    assert faults(page) == []
    decide(page, "a", "1 of 6 questions decided, 1 accepted")
    decide(page, "x4", "2 of 6 questions decided, 1 accepted")
    page.keyboard.press("e")
    field = page.get_by_label("Accepted answers, one a line")
    expect(field).to_be_visible(timeout=20_000)
    settled(page)
    assert faults(page) == []
    field.fill("at noon\nar")
    page.get_by_role("button", name="Accept as edited").click()
    expect(heading).to_have_text("3 of 6 questions decided, 2 accepted", timeout=20_000)
    own = reviews.reviews(drafts)["eax12"]
    assert [(one.state, one.why, one.answers) for one in own.values()] == [
        ("accepted", "", ()), ("rejected", "too easy", ()), ("edited", "", ("at noon", "ar")),
    ]  # fmt: skip
    decide(page, "u", "2 of 6 questions decided, 1 accepted")
    page.reload()
    expect(heading).to_have_text("2 of 6 questions decided, 1 accepted", timeout=60_000)
    for done in range(3, 7):
        decide(page, "a", f"{done} of 6 questions decided, {done - 1} accepted")
    expect(page.get_by_text("All questions are decided.")).to_be_visible()
    page.goto(f"{server.url}/questions?set=house&view=Result")
    expect(heading).to_have_text(re.compile(r"5 of 6 questions were accepted \(\d+ to \d+ %\)"), timeout=60_000)
    settled(page)
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('[data-testid=stMain]'))")


def test_a_set_that_is_not_there_is_never_another(runs: Path, server: Server, page: Page) -> None:
    drafted(runs, 2)
    page.goto(f"{server.url}/questions?set=../house")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set not found", timeout=60_000)
    page.get_by_role("link", name="house").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 drafted questions to look at", timeout=60_000)
