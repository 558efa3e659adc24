"""The pieces a report is made of, and how they are made from stored values. Draws nothing, computes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from eval.report import cells
from eval.report.figures import FIGURES, Figure
from eval.report.format import plain

Json = dict[str, Any]
FIGURE = re.compile(r"(?:< )?[+−]?[\d.,]+(?: (?:%|ms|s|[A-Z]{3}|min \d\d s))?|–|not measured")
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Block:
    """One piece of the report."""

    kind: str
    """`badges` (its one row), `heading`, `text`, `caveat`, `item`, `table`, `code`, `figure`, `note`, `examples`, or `part`: the heading
    before which a page ends."""
    text: str = ""
    level: int = 0
    """Of a heading: 1 for the report's sentence, 2 for a section of page one, 3 for a section of the evidence."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Of a table, the head first."""
    figure: Figure | None = None

    @property
    def figures(self) -> tuple[bool, ...]:
        """Of a table, which columns hold figures alone, and so stand at the right."""
        body = self.rows[1:]
        return tuple(bool(body) and all(FIGURE.fullmatch(row[i]) for row in body) for i in range(len(self.rows[0]))) if self.rows else ()


def clean(text: str, limit: int = 4000) -> str:
    """User text that XML and UTF-8 can carry, without control or bidi characters."""
    return NO_XML.sub("\ufffd", plain(text, limit))


def section(title: str, blocks: list[Block], level: int = 2) -> list[Block]:
    return [Block("heading", title, level), *(blocks or [Block("text", "None.")])]


def items(lines: list[str]) -> list[Block]:
    return [Block("item", clean(line)) for line in lines]


def texts(lines: list[str]) -> list[Block]:
    return [Block("text", clean(line)) for line in lines if line]


def notes(lines: list[str]) -> list[Block]:
    return [Block("note", clean(line)) for line in lines if line]


def table(head: list[str], rows: list[list[str]]) -> Block:
    return Block("table", rows=tuple(tuple(clean(cell) for cell in row) for row in [head, *rows]))


def figure(name: str, report: Json) -> list[Block]:
    """The chart where there is something to draw."""
    drawn = FIGURES[name](report)
    return [Block("figure", figure=drawn)] if drawn else []


def outcomes(report: Json) -> Block:
    return table(["candidate", *cells.OUTCOMES], cells.outcomes(report))
