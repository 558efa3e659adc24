"""Printed lines in reading order → Markdown: lines joined to paragraphs, larger letters as headings. Knows nothing of PDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LARGER = 1.12
"""A heading's letters against those of the running text."""
LONGEST_HEADING = 150
LEADERS = re.compile(r"(\. ?){4}")
"""As in a table of contents."""
ITEM = re.compile(r"([•◦▪‣·–—*-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
ENDED = re.compile(r"[.!?:;][\"'”’)\]]*$")


@dataclass(frozen=True)
class Line:
    """One line of text, or one table, where it stands."""

    text: str
    size: float
    """Height of its letters in points; 0 for a table."""
    page: int
    block: int
    """Lines of one block belong together."""
    room: float
    """How many letters more would have fitted into its block."""
    edge: bool
    """Whether its whole block stands at the page's top or foot."""


def without_running_titles(lines: list[Line], pages: int) -> list[Line]:
    """Without bare numbers at a page's edge, and what stands there on more than half of at least three pages, numbers aside."""

    def kind(line: Line) -> str:
        return re.sub(r"\d+", "0", line.text)

    on = Counter(text for text, _ in {(kind(line), line.page) for line in lines if line.edge})
    return [line for line in lines if not (line.edge and (line.text.isdigit() or (pages >= 3 and on[kind(line)] > pages / 2)))]


def markdown(lines: Iterable[Line]) -> str:
    """Lines of a page, top to bottom → its text in Markdown; what is larger than the body is a heading, its level by its size."""
    lines = [line for line in lines if line.text]
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text) if line.size else 0
    body = letters.most_common(1)[0][0] if letters else 0.0
    groups = list(_groups(lines, body))
    sizes = sorted({group[0].size for group in groups if _is_heading(group, body)}, reverse=True)
    return "\n\n".join(_group(group, sizes, body) for group in _continued(groups, body))


def _continued(groups: Iterable[list[Line]], body: float) -> Iterator[list[Line]]:
    """Paragraphs that go on in the next column or page, in the middle of a sentence, made whole."""
    last: list[Line] = []
    for group in groups:
        running = all(part and part[0].size and not _is_heading(part, body) for part in (last, group))
        if running and _goes_on(last[-1], group[0]) and not ENDED.search(last[-1].text) and group[0].text[:1].islower():
            last = [*last, *group]
            continue
        if last:
            yield last
        last = group
    if last:
        yield last


def _groups(lines: Iterable[Line], body: float) -> Iterator[list[Line]]:
    """Lines of one block, cut where letters change between a heading's and the text's."""
    group: list[Line] = []
    for line in lines:
        last = group[-1] if group else None
        if last and ((line.page, line.block) != (last.page, last.block) or (max(line.size, last.size) > body and line.size != last.size)):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _is_heading(group: list[Line], body: float) -> bool:
    text = " ".join(line.text for line in group)
    worded = any(letter.isalpha() for letter in text) and not LEADERS.search(text)
    return group[0].size > body * LARGER and len(text) <= LONGEST_HEADING and worded


def _group(group: list[Line], sizes: list[float], body: float) -> str:
    if _is_heading(group, body):
        return f"{'#' * min(6, sizes.index(group[0].size) + 1)} {joined(line.text for line in group)}"
    if group[0].size == 0:
        return group[0].text
    paragraphs: list[list[str]] = [[]]
    for before, line in zip([None, *group], group, strict=False):
        if before and (not _goes_on(before, line) or ITEM.match(line.text)):
            paragraphs.append([])
        paragraphs[-1].append(line.text)
    return "\n".join(_plain(joined(part)) for part in paragraphs)


def _goes_on(line: Line, following: Line) -> bool:
    """Whether the line ended for want of room: the next one's first word would not have fitted."""
    return line.room < len(following.text.split(" ", 1)[0]) + 2


def _plain(text: str) -> str:
    """A line of running text: no heading, whatever it begins with; bullets as Markdown has them."""
    text = re.sub(r"^[•◦▪‣]\s*", "- ", text)
    return "\\" + text if text.startswith("#") else text


def joined(lines: Iterable[str]) -> str:
    """Lines as one; a word parted by a hyphen at the end of a line is whole again."""
    text = ""
    for line in lines:
        if text.endswith("\u00ad") or (re.search(r"[^\W\d_]-$", text) and line[:1].islower()):
            text = text[:-1] + line
        else:
            text += (" " if text else "") + line
    return text.replace("\u00ad", "-")
