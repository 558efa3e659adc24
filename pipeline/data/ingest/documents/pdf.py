"""A PDF → Markdown: columns one after the other, ruled tables as tables, larger letters as headings. Reads no pictures (no OCR).

Made of pdfplumber's page analysis; markitdown's own PDF converter tears ruled tables apart and knows no headings.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.data.ingest.documents.columns import Block, reading_order
from pipeline.data.ingest.documents.paragraphs import Line, joined, markdown, without_running_titles
from pipeline.data.ingest.rows.quarantine import Unreadable

MARGIN = 0.09
"""Share of a page's height at its top and foot where running titles and page numbers stand."""
MOST_PIXELS = 30_000_000
"""Of the picture of a page."""
UNMAPPED = re.compile(r"\(cid:\d+\)")


def to_markdown(content: bytes, read: Mapping[int, str] | None = None) -> tuple[str, list[int]]:
    """The text in reading order, and the pages without any; Unreadable where it is encrypted or its letters cannot be told.

    `read`: the text of pages that have none of their own, as it was read from their picture.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.pdftypes import resolve1
    from pdfplumber.utils.exceptions import PdfminerException

    lines: list[Line] = []
    blank: list[int] = []
    pages = 0
    try:
        with pdfplumber.open(io.BytesIO(content), laparams={}) as document:
            for page in document.pages:
                pages += 1
                found = [line for line in _lines(page) if line.text.strip()]
                if not found:
                    blank.append(pages)
                    found = _recognised((read or {}).get(pages, ""), pages)
                lines += found
                page.close()
            promised = resolve1(resolve1(document.doc.catalog["Pages"])["Count"])
    except (PdfminerException, PDFPasswordIncorrect) as error:
        causes = (error, *error.args)
        if any(isinstance(cause, PDFPasswordIncorrect) for cause in causes):
            raise Unreadable("it is encrypted with a password") from None
        if any(isinstance(cause, MemoryError) for cause in causes):
            raise MemoryError from None
        raise
    if pages < promised:
        raise Unreadable(f"it is damaged: {pages} of its {promised} pages can be found")
    text = markdown(without_running_titles(lines, pages))
    if len(UNMAPPED.findall(text)) * 8 > len(text) / 4:
        raise Unreadable("its fonts do not say which letters they hold, so that no text can be taken from it")
    return text, blank


def _recognised(text: str, page: int) -> list[Line]:
    """What was read from a page's picture, a line each paragraph."""
    return [Line(part.strip(), 0, page, number, 0, False) for number, part in enumerate(text.split("\n\n")) if part.strip()]


def picture(content: bytes, page: int) -> bytes:
    """The page (from 1) as a PNG at 200 dots an inch."""
    import pypdfium2

    with pypdfium2.PdfDocument(content) as document:
        drawn = document[page - 1]
        scale = min(200 / 72, (MOST_PIXELS / max(1.0, drawn.get_width() * drawn.get_height())) ** 0.5)
        out = io.BytesIO()
        drawn.render(scale=scale).to_pil().save(out, "PNG")
        return out.getvalue()


def _lines(page: Any) -> Iterator[Line]:
    """The page's lines and tables in reading order."""
    tables = [table for table in page.find_tables() if _is_table(table.extract())]
    parts: list[list[Line]] = [[Line(_table(table.extract()), 0, page.page_number, n, 0, False)] for n, table in enumerate(tables)]
    blocks = [Block._make((*table.bbox, n)) for n, table in enumerate(tables)]
    for lines in _boxes(page, [table.bbox for table in tables]):
        number = len(parts)
        blocks.append(Block(min(b.left for b in lines), lines[0].top, max(b.right for b in lines), lines[-1].bottom, number))
        edge = blocks[-1].bottom < MARGIN * float(page.height) or blocks[-1].top > (1 - MARGIN) * float(page.height)
        parts.append([_line(line, page.page_number, blocks[-1], edge) for line in lines])
    for block in reading_order(blocks, float(page.width)):
        yield from parts[block.number]


class Printed(NamedTuple):
    """A line where it stands: points from the page's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    item: Any

    @property
    def width(self) -> float:
        return self.right - self.left


def _boxes(page: Any, tables: Sequence[tuple[float, float, float, float]]) -> Iterator[list[Printed]]:
    """pdfminer's blocks of lines, without the lines of tables."""
    from pdfminer.layout import LTTextBox, LTTextLine

    height = float(page.height)
    for box in (item for item in page.layout if isinstance(item, LTTextBox)):
        lines = [Printed(i.x0, height - i.y1, i.x1, height - i.y0, i) for i in box if isinstance(i, LTTextLine) and i.get_text().strip()]
        lines = [i for i in lines if not any(_within(table, ((i.left + i.right) / 2, (i.top + i.bottom) / 2)) for table in tables)]
        if lines:
            yield lines


def _line(line: Printed, page: int, block: Block, edge: bool) -> Line:
    text = " ".join(line.item.get_text().split())
    room = (block.width - line.width) / max(line.width / len(text), 0.1)
    return Line(text, _size(line.item), page, block.number, room, edge)


def _within(bbox: tuple[float, float, float, float], point: tuple[float, float]) -> bool:
    return bbox[0] <= point[0] <= bbox[2] and bbox[1] <= point[1] <= bbox[3]


def _size(line: Any) -> float:
    from pdfminer.layout import LTChar

    sizes = Counter(round(item.size * 2) / 2 for item in line if isinstance(item, LTChar) and item.get_text().strip())
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _is_table(rows: list[list[str | None]]) -> bool:
    """Two rows and columns at least, and half of the cells filled: a chart's grid is none."""
    cells = [cell for row in rows for cell in row if cell is not None]
    return len(rows) > 1 and max(map(len, rows)) > 1 and sum(bool(cell.strip()) for cell in cells) * 2 >= len(cells)


def _table(rows: list[list[str | None]]) -> str:
    cells = [[" ".join(joined((cell or "").split("\n")).split()).replace("|", "\\|") for cell in row] for row in rows]
    width = max(len(row) for row in cells)
    padded = [row + [""] * (width - len(row)) for row in cells]
    return "\n".join(f"| {' | '.join(row)} |" for row in (padded[0], ["---"] * width, *padded[1:]))
