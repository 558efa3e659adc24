"""The app in a real Chromium, a stranger before it, hostile text in it: nothing foreign is fetched, no path is a run, no row a link."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from pipeline.password import VARIABLE, hashed
from tests.app.browser import MEASURED, PAGES, Server, serving, settled
from tests.tiny_run import TinyRun

pytestmark = pytest.mark.browser
PASSWORD = "wild thyme"


@pytest.fixture
def locked(tiny_run: TinyRun, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The app over one finished run, with a password."""
    monkeypatch.setenv(VARIABLE, hashed(PASSWORD))
    with serving(tiny_run.runs) as running:
        yield running


@pytest.mark.slow  # every page once more
def test_no_page_asks_another_server_for_anything(tiny_run: TinyRun, tiny_server: Server, page: Page) -> None:
    asked: list[str] = []
    refused: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.on("websocket", lambda opened: asked.append(opened.url))
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    for name in PAGES:
        page.goto(f"{tiny_server.url}/{name}?run={tiny_run.run.id}")
        settled(page)
    home = urlsplit(tiny_server.url).netloc
    foreign = [url for url in asked if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != home]
    assert len(asked) > 20
    assert foreign == []
    assert refused == []  # nor did the browser have to stop one


def test_a_path_is_no_run(tiny_run: TinyRun, tiny_server: Server, page: Page, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "stolen"
    shutil.copytree(tiny_run.run.path, elsewhere)
    for name in (str(elsewhere), f"../{tiny_run.runs.name}/{tiny_run.run.id}", "x" * 5000, "\0"):
        page.goto(f"{tiny_server.url}/{PAGES[3]}?run={quote(name, safe='')}")
        settled(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Run not found")


def test_a_stranger_neither_sees_nor_sends_nor_downloads(tiny_run: TinyRun, locked: Server, browser: Browser) -> None:
    known, stranger = browser.new_page(), browser.new_page()
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    known.on("request", note)
    address = f"{locked.url}/verdict?run={tiny_run.run.id}"
    known.goto(address)
    known.get_by_label("Password").fill("wild time")
    known.get_by_role("button", name="Open").click()
    expect(known.get_by_role("alert")).to_have_text("Wrong password.")
    known.wait_for_timeout(1100)
    known.get_by_label("Password").fill(PASSWORD)
    known.get_by_role("button", name="Open").click()
    settled(known)
    assert known.url == address
    known.goto(f"{locked.url}/new")
    settled(known)
    known.locator("input[type=file]").first.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"question,answer\na,b\n"})
    known.wait_for_timeout(1500)
    icon = next(request.url for request in requests if "/media/" in request.url)
    upload = next(request for request in requests if "/upload_file/" in request.url and request.method == "PUT")
    assert known.request.get(icon).status == 200
    for path in (icon, f"{locked.url}/_stcore/host-config", f"{locked.url}/static/index.html"):
        assert stranger.request.get(path).status == 401
    for method in ("PUT", "POST", "DELETE"):
        assert stranger.request.fetch(upload.url, method=method, data=b"x" * 1000, headers=upload.headers | {"cookie": ""}).status in (401,)
    stranger.goto(f"{locked.url}/verdict?run={tiny_run.run.id}")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Bakeoff")
    assert tiny_run.run.id not in stranger.content()
    assert stranger.request.get(f"{locked.url}/_stcore/metrics").status == 404


def test_no_text_of_a_row_becomes_a_link(tmp_path: Path, page: Page) -> None:
    runs = tmp_path / "runs"
    texts = ["https://evil.example/a?b=c", "www.evil.example", "a@evil.example", "[x](https://evil.example)", "<https://evil.example>",
             "HTTP://EVIL.example", "xmpp:a@evil.example", "mailto:a@evil.example", "![x](https://evil.example/x.png)", ":material/home:",
             "a -> b <- c <-> d -- e >= f <= g ~= h", ":smile: :streamlit: 12:30:45"]  # fmt: skip
    script = tmp_path / "shown.py"
    script.write_text(
        "import streamlit as st\nfrom pipeline.ui import blocks\nfrom pipeline.ui.text import heading, inline, said\n"
        f"texts = {texts!r}\nheading(' '.join(texts))\n"
        "for text in texts:\n    st.markdown(inline(text))\n    st.caption(inline(text))\n    said(text)\n"
        "    st.subheader(inline(text), anchor=False)\n"
        "blocks.table(['arm', *texts], [['x', *texts]])\n",
        encoding="utf-8",
    )
    with serving(runs, script) as server:
        page.goto(server.url)
        settled(page)
        expect(page.get_by_text("www.evil").first).to_be_attached()
        assert page.locator("[data-testid=stMain] a").evaluate_all("found => found.map(a => a.outerHTML)") == []
        assert page.locator("[data-testid=stMain] img").count() == 0
        shown = re.sub("\u2060", "", page.get_by_role("heading", level=1).inner_text())
        assert shown == " ".join(texts)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_thirty_visitors_at_once_see_the_run_they_asked_for(tiny_run: TinyRun, tiny_server: Server, browser: Browser) -> None:
    import psutil

    assert tiny_server.process is not None
    before = psutil.Process(tiny_server.process.pid).memory_info().rss
    visitors = [browser.new_context().new_page() for _ in range(30)]
    names = [(PAGES[1:][number % len(PAGES[1:])], number % 3 == 0) for number in range(30)]
    for visitor, (name, unknown) in zip(visitors, names, strict=True):
        visitor.goto(f"{tiny_server.url}/{name}?run={'nobody' if unknown else tiny_run.run.id}", timeout=120_000, wait_until="commit")
    for visitor, (name, unknown) in zip(visitors, names, strict=True):
        settled(visitor)
        heading = visitor.get_by_role("heading", level=1).first.inner_text()
        assert name in ("new", "runs", "questions") or (heading == "Run not found") == unknown, (name, heading)
    grown = psutil.Process(tiny_server.process.pid).memory_info().rss - before
    MEASURED.info("30 visitors: the server grew by %.0f MiB", grown / 2**20)
    assert grown < 2**30
