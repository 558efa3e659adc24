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
    _styled(document)
    for block in outline(report):
        for one in examples(report) if block.kind == "examples" else [block]:
            _add(document, one)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _styled(document: Any) -> None:
    """Small letters and narrow margins, so that page one is one page."""
    from docx.shared import Cm, Pt, RGBColor

    document.styles["Normal"].font.name, document.styles["Normal"].font.size = "Calibri", Pt(10)
    note = document.styles["Caption"].font
    note.bold, note.size, note.color.rgb = False, Pt(8.5), RGBColor(0x46, 0x46, 0x46)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(1.5)


def _turned(document: Any) -> None:
    """From here on the pages lie on their side, for wide tables."""
    from docx.enum.section import WD_ORIENT, WD_SECTION

    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width


def _add(document: Any, block: Block) -> None:
    if block.kind == "part":
        _turned(document)
    if block.kind == "badges":
        _add_badges(document, block)
    elif block.kind == "caveat":
        _add_caveat(document, block)
    elif block.kind in ("heading", "part"):
        document.add_heading(block.text, block.level)
    elif block.kind == "table":
        _add_table(document, block)
    elif block.figure is not None:
        _add_figure(document, block.figure)
    else:
        document.add_paragraph(block.text, style=STYLES.get(block.kind))


def _add_badges(document: Any, block: Block) -> None:
    for row in block.rows[:1]:
        document.add_paragraph().add_run("   ".join(row)).bold = True


def _add_caveat(document: Any, block: Block) -> None:
    """A box of one cell with an amber ground."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    cell = document.add_table(rows=1, cols=1, style="Table Grid").rows[0].cells[0]
    cell.text = block.text
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), "FFF4DD")
    cell._tc.get_or_add_tcPr().append(shade)
    document.add_paragraph().paragraph_format.space_after = 0


def _add_table(document: Any, block: Block) -> None:
    """Its first row repeats on every page, no row is torn apart, figures stand at the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light List Accent 1")
    table.autofit = False
    widths = _widths(document, block)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width  # LibreOffice goes by the columns, Word by the cells
    for row in block.rows:
        made = table.add_row()
        made._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for place, (cell, text) in enumerate(zip(made.cells, row, strict=True)):
            cell.width = widths[place]
            paragraph = cell.paragraphs[0]
            paragraph.add_run(text).font.size = Pt(8.5)
            paragraph.paragraph_format.space_after = Pt(0)
            if block.figures[place]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _widths(document: Any, block: Block) -> list[int]:
    """What the columns take of the page, by their longest words and, less so, by how much they say."""
    section = document.sections[-1]
    whole = section.page_width - section.left_margin - section.right_margin
    needs = []
    for column in zip(*block.rows, strict=True):
        word = max(len(part) for text in column for part in text.split() or [""])
        needs.append(max(word, min(max(map(len, column)), 40), 4))
    return [int(whole * need / sum(needs)) for need in needs]


def _add_figure(document: Any, figure: Figure) -> None:
    from docx.shared import Cm

    shape = document.add_picture(io.BytesIO(charts.png(figure.chart)), width=Cm(15))
    shape._inline.docPr.set("descr", clean(figure.alt))
    document.add_paragraph(clean(figure.caption), style="Caption")
