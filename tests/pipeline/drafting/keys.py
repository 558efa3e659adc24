"""The page Questions by keys, for browser tests."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.app.browser import settled


def decide(page: Page, keys: str, then: str) -> None:
    """Press each key once the page rests; wait for the heading that follows."""
    for key in keys:
        settled(page)
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text(then, timeout=60_000)


def named(page: Page, name: str) -> None:
    """The name typed key by key into the window that asks for it."""
    field = page.get_by_role("dialog").get_by_label("Your name")
    expect(field).to_be_visible(timeout=60_000)
    settled(page)
    field.click()
    page.keyboard.type(name, delay=30)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=60_000)
