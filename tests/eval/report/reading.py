"""The text of a report in any format, read back by a real reader."""

from __future__ import annotations

import io

import docx
import openpyxl
import pypdf


def text_of(kind: str, data: bytes) -> str:
    if kind == "pdf":
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    if kind == "docx":
        word = docx.Document(io.BytesIO(data))
        return " ".join([*(p.text for p in word.paragraphs), *(c.text for t in word.tables for r in t.rows for c in r.cells)])
    if kind == "xlsx":
        return " ".join(str(cell.value) for sheet in openpyxl.load_workbook(io.BytesIO(data)) for row in sheet.iter_rows() for cell in row)
    return data.decode()
