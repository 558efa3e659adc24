"""The report as a Word document. Texts go in as text runs, never as fields or markup."""

from __future__ import annotations

import io
from typing import Any

from eval.report.outline import Block, clean, outline

Json = dict[str, Any]
STYLES = {"item": "List Bullet", "code": "No Spacing"}


def render(report: Json) -> bytes:
    """The whole document."""
    import docx

    document = docx.Document()
    document.core_properties.title = clean(report["decision"]["sentence"], 200)
    document.core_properties.author = "Bakeoff"
    for block in outline(report):
        _add(document, block, report)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add(document: Any, block: Block, report: Json) -> None:
    if block.kind == "heading":
        document.add_heading(block.text, block.level)
    elif block.kind == "table":
        _add_table(document, block)
    elif block.kind == "chart":
        _add_chart(document, report)
    else:
        document.add_paragraph(block.text, style=STYLES.get(block.kind))


def _add_table(document: Any, block: Block) -> None:
    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light Grid Accent 1")
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph()


def _add_chart(document: Any, report: Json) -> None:
    from docx.shared import Cm

    from eval.report import charts
    from eval.report.html import forest_text

    if not any(c["difference"] is not None for c in report["headline"]):
        return
    picture = charts.png(charts.forest(report["headline"], report["metric"], report["experiment"]["decision"]["margin"]))
    shape = document.add_picture(io.BytesIO(picture), width=Cm(16))
    shape._inline.docPr.set("descr", clean(forest_text(report["headline"], report["metric"])))
