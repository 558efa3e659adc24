"""An HTML page → its content as Markdown; menus, banners, forms and scripts are left out. Follows no link, loads no picture."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

MACHINERY = ("script", "style", "noscript", "template", "iframe", "svg", "canvas", "object", "embed", "link", "meta")
"""Never text for a reader."""
FRAME = ("nav", "footer", "button", "select", "textarea", "dialog")
"""Never a page's content, however long."""
DOUBTFUL = ("aside", "form")
ROLES = {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog"}
BANNER = re.compile(r"(?<![a-z])(cookie|consent|gdpr)", re.IGNORECASE)
PERMALINKS = {"", "#", "¶", "§", "🔗"}
MOST = 0.5
"""Of any other element: with more than this share of the text it is the content, whatever it is called (a form around the whole page)."""


def to_markdown(content: bytes, encoding: str | None) -> tuple[str, str]:
    """The text as Markdown, and the page's title; `encoding` None is told from the page itself."""
    from bs4 import BeautifulSoup
    from markitdown import StreamInfo
    from markitdown.converters import HtmlConverter

    soup = BeautifulSoup(content, "html.parser", from_encoding=encoding)
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    strip(soup)
    html = io.BytesIO(str(soup).encode("utf-8", "replace"))
    info = StreamInfo(mimetype="text/html", extension=".html", charset="utf-8")
    return str(HtmlConverter().convert(html, info, strip=["a", "img"], table_infer_header=True).markdown), title


def strip(soup: BeautifulSoup) -> None:
    """Take out of the page what is not its content; pictures leave their description."""
    for tag in soup([*MACHINERY, *FRAME]):
        tag.decompose()
    for picture in soup("img"):
        picture.replace_with(str(picture.get("alt") or ""))
    for link in soup("a"):
        if link.get_text(strip=True) in PERMALINKS:
            link.decompose()
    whole = len(soup.get_text())
    for tag in soup.find_all(_is_boilerplate):
        if not tag.decomposed and len(tag.get_text()) <= MOST * whole:
            tag.decompose()
    for header in soup("header"):
        if not header.decomposed and not header.find_parent(["article", "main", "section"]) and len(header.get_text()) <= MOST * whole:
            _drop_header(soup, header)


def _is_boilerplate(tag: Tag) -> bool:
    named = " ".join([str(tag.get("id") or ""), *_classes(tag)])
    return tag.name in DOUBTFUL or tag.get("role") in ROLES or (tag.name not in ("html", "body") and bool(BANNER.search(named)))


def _classes(tag: Tag) -> list[str]:
    found: Any = tag.get("class") or []
    return [found] if isinstance(found, str) else list(found)


def _drop_header(soup: BeautifulSoup, header: Tag) -> None:
    """A page's header goes, but not the only heading of the first rank."""
    headings = header.find_all("h1")
    if len(headings) == len(soup("h1")):
        for heading in headings:
            header.insert_before(heading.extract())
    header.decompose()
