"""The report as Markdown. User text is escaped, so that it stays text."""

from __future__ import annotations

import re
from typing import Any

from eval.report.blocks import Block
from eval.report.evidence import examples
from eval.report.format import plain
from eval.report.outline import outline

Json = dict[str, Any]
MARKS = {"item": "- ", "caveat": "> "}
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&=:@])")


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(plain(text, 2000).split()))


def render(report: Json) -> str:
    """The whole report."""
    blocks = [one for block in outline(report) for one in (examples(report) if block.kind == "examples" else [block])]
    blocks.sort(key=lambda block: not (block.kind == "heading" and block.level == 1))  # a document begins with its heading
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(block: Block) -> list[str]:
    """A list is loose: an empty line after every block keeps each of them what it is."""
    if block.kind in ("heading", "part"):
        return [f"{'#' * block.level} {escape(block.text)}", ""]
    if block.kind == "badges":
        return [f"**{escape(' · '.join(block.rows[0]))}**", ""] if block.rows[0] else []
    if block.kind == "table":
        return [*_table([[cell(text) for text in row] for row in block.rows]), ""]
    if block.figure is not None:
        return [f"*{escape(block.figure.alt)}*", ""]
    if block.kind == "code":
        return [*(f"    {line}" for line in block.text.splitlines()), ""]
    return [f"{MARKS.get(block.kind, '')}{escape(block.text)}", ""]


def cell(text: str) -> str:
    """Figures as they are, so that they can be searched for; everything else escaped."""
    return text if re.fullmatch(r"[+−–\d., %<]*( to [+−\d.]+)?", text) else escape(text)


def _table(rows: list[list[str]]) -> list[str]:
    head, *body = rows
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in body)]
