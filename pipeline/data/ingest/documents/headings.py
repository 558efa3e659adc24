"""Markdown → its headings with offsets, and which of them stand above a place in the text. Changes no text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from pipeline.records import Heading

HASHES = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
UNDERLINE = re.compile(r" {0,3}(=+|-{3,})\s*")
FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)", re.DOTALL)
LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()]{0,500}\)")
MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")
LONGEST = 300
"""Characters; a longer line is a paragraph, whatever it begins with."""
BETWEEN = " > "


def headings(text: str) -> tuple[Heading, ...]:
    """In order: `# One` and underlined ones, not those inside fenced code or front matter; an offset is that of its line's first letter."""
    found: list[Heading] = []
    lines = list(_outside_code(text))
    for number, (start, line) in enumerate(lines):
        if len(line) > LONGEST:
            continue
        if (hashes := HASHES.match(line)) and (name := _plain(hashes.group(2))):
            found.append(Heading(start, len(hashes.group(1)), name))
        elif _alone(lines, number - 1) and UNDERLINE.fullmatch(line) and (name := _plain(lines[number - 1][1])):
            found.append(Heading(lines[number - 1][0], 1 if "=" in line else 2, name))
    return tuple(found)


def _alone(lines: Sequence[tuple[int, str]], number: int) -> bool:
    """Whether this line may be an underlined heading: short, after a blank line, and no list, quotation, table or heading itself."""
    if number < 0 or (number and lines[number - 1][1].strip()):
        return False
    line = lines[number][1]
    return 0 < len(line.strip()) <= LONGEST and not line.startswith("    ") and line.lstrip()[0] not in "-*+>|#=`~"


def _plain(text: str) -> str:
    """Without closing hashes, links, emphasis and permalinks."""
    text = text.strip()
    bare = text.rstrip("#")
    text = bare if bare != text and (not bare or bare[-1] in " \t") else text
    return " ".join(MARKS.sub("", LINK.sub(r"\1", text)).rstrip("¶ \t").split())


def _outside_code(text: str) -> Iterator[tuple[int, str]]:
    """Each line with its offset; fenced code and front matter come as blank lines."""
    fence, start = "", 0
    lines = text.split("\n")
    front = _front_matter(lines)
    for number, raw in enumerate(lines):
        line = raw.rstrip("\r")
        mark = FENCE.fullmatch(line)
        if number < front:
            yield start, ""
        elif fence:
            closes = mark and mark.group(1).startswith(fence) and not mark.group(2).strip()
            fence = "" if closes else fence
            yield start, ""
        elif mark and not (mark.group(1)[0] == "`" and "`" in mark.group(2)):
            fence = mark.group(1)
            yield start, ""
        else:
            yield start, line
        start += len(raw) + 1


def _front_matter(lines: Sequence[str]) -> int:
    """How many lines of metadata between two `---` stand before the text."""
    if lines[0].strip() != "---":
        return 0
    return next((number + 1 for number, line in enumerate(lines[1:101], 1) if line.strip() in ("---", "...")), 0)


class Outline:
    """The headings of one document, to be asked by offset."""

    def __init__(self, found: Sequence[Heading]) -> None:
        self._starts = [heading.start for heading in found]
        self._paths: list[str] = []
        open_ones: list[Heading] = []
        for heading in found:
            open_ones = [*(above for above in open_ones if above.level < heading.level), heading]
            self._paths.append(BETWEEN.join(above.text for above in open_ones))

    def at(self, place: int) -> str:
        """The headings above the character at `place`, the widest first ("Leave > Parental leave"); empty before the first one."""
        index = bisect_right(self._starts, place)
        return self._paths[index - 1] if index else ""
