"""The report as one self-contained HTML page: no script, no request, everything of the user's escaped."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from eval.report import charts
from eval.report.blocks import Block
from eval.report.figures import Figure
from eval.report.format import plain
from eval.report.outline import outline

Json = dict[str, Any]
FOLDER = Path(__file__).resolve().parent / "templates"


@dataclass
class Part:
    """A heading and what stands under it."""

    kind: str
    title: str = ""
    level: int = 2
    blocks: list[Block] = field(default_factory=list)


def render(report: Json) -> str:
    """The whole page."""
    page = _environment().get_template("page.html.j2")
    return page.render(report=report, parts=_parts(outline(report)), rows={row["row"]: row for row in report["rows"]})


def _parts(blocks: list[Block]) -> list[Part]:
    """Under their headings; the first holds what stands above the first section, with the page's own heading."""
    parts = [Part("section")]
    for block in blocks:
        if block.kind == "heading" and block.level > 1:
            parts.append(Part("section", block.text, block.level))
        elif block.kind == "part":
            parts.append(Part("part", block.text, block.level))
        else:
            parts[-1].blocks.append(block)
    return parts


def _drawn(figure: Figure) -> Markup:
    """Our own chart as inline SVG; vega escapes the texts in it."""
    return Markup(charts.svg(figure.chart))  # noqa: S704


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined)
    made.filters |= {"drawn": _drawn, "plain": plain}
    return made
