"""The report as a Word document. Texts go in as text runs, never as fields or markup."""

from __future__ import annotations

import io
from typing import Any

from eval.report import charts
from eval.report.blocks import Block, clean
from eval.report.evidence import examples
from eval.report.figures import Figure
from eval.report.outline import outline

Json = dict[str, Any]
STYLES = {"item": "List Bullet", "code": "No Spacing", "note": "Caption"}


def render(report: Json) -> bytes:
    """The whole document."""
    import docx

    document = docx.Document()
    document.core_properties.title = clean(report["decision"]["sentence"], 200)
    document.core_properties.author = "Bakeoff"
    for block in outline(report):
        for one in examples(report) if block.kind == "examples" else [block]:
            _add(document, one)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add(document: Any, block: Block) -> None:
    if block.kind == "part":
        document.add_page_break()
    if block.kind in ("heading", "part"):
        document.add_heading(block.text, block.level)
    elif block.kind == "table":
        _add_table(document, block)
    elif block.figure is not None:
        _add_figure(document, block.figure)
    else:
        document.add_paragraph(block.text, style=STYLES.get(block.kind))


def _add_table(document: Any, block: Block) -> None:
    """Its first row repeats on every page."""
    from docx.oxml import OxmlElement

    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light Grid Accent 1")
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _add_figure(document: Any, figure: Figure) -> None:
    from docx.shared import Cm

    shape = document.add_picture(io.BytesIO(charts.png(figure.chart)), width=Cm(15))
    shape._inline.docPr.set("descr", clean(figure.alt))
    document.add_paragraph(clean(figure.caption), style="Caption")
